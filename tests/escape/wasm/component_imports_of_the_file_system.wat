;; class: component
;; walls: language both
(component
  (import "wasi:filesystem/preopens@0.2.0" (instance $p
    (export "descriptor" (type $d (sub resource)))
    (export "get-directories" (func (result (list (tuple (own $d) string)))))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (core func $get (canon lower (func $p "get-directories") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (core module $n
    (import "p" "get" (func $get (param i32)))
    (import "m" "memory" (memory 1))
    (func (export "go") (param i32 i32) (result i32)
      (call $get (i32.const 64))
      ;; how many were given: none may be
      (if (i32.load (i32.const 68)) (then
        (i64.store (i32.const 128) (i64.const 0x4445484341455242))
        (i32.store (i32.const 8) (i32.const 128))
        (i32.store (i32.const 12) (i32.const 8))))
      (i32.const 8)))
  (core instance $j (instantiate $n (with "p" (instance (export "get" (func $get)))) (with "m" (instance $i))))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $j "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
