;; class: shape
;; walls: language both
(module)
