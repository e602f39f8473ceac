;; class: shape
;; walls: language
(module)
