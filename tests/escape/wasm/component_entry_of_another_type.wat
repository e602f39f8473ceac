;; class: component
;; walls: language both
(component
  (core module $m
    (func (export "go") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $f (param "events" u32) (result u32) (canon lift (core func $i "go")))
  (export "transform-event" (func $f)))
