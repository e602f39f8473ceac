;; class: component
;; walls: language both
(component)
