;; class: component
;; walls: language both
;; must: refused
;; WASI's function by its name, but with other types than it has: what is given back would be taken for something else.
(component
  (import "wasi:clocks/wall-clock@0.2.0" (instance $s
    (export "now" (func (result (list string))))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (core func $f (canon lower (func $s "now") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (core module $n
    (import "h" "f" (func $f (param i32)))
    (import "m" "memory" (memory 1))
    (func (export "go") (param i32 i32) (result i32)
      (call $f (i32.const 2048))
      
      (i32.const 8)))
  (core instance $j (instantiate $n (with "h" (instance (export "f" (func $f)))) (with "m" (instance $i))))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $j "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
