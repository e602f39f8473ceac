;; class: component
;; walls: language both
;; must: failed
;; expect: T204
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "go") (param i32 i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 4)) (i64.store (i32.const 64) (i64.const -1)) (i32.const 8)))
  (core instance $i (instantiate $m))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $i "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
