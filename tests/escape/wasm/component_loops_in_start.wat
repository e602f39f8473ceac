;; class: component
;; walls: language both
(component
  (core module $m
    (func $s (loop $again (br $again)))
    (start $s))
  (core instance (instantiate $m)))
