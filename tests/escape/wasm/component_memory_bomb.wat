;; class: component
;; walls: language both
(component
  (core module $m
    (memory (export "memory") 1)
    (func $s (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))))
    (start $s)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "go") (param i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $i "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
