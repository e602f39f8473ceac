;; class: component
;; walls: language both
(component
  (import "wasi:sockets/instance-network@0.2.0" (instance $n
    (export "network" (type $t (sub resource)))
    (export "instance-network" (func (result (own $t))))))
  (core func $get (canon lower (func $n "instance-network")))
  (core module $m
    (import "n" "get" (func $get (result i32)))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "go") (param i32 i32) (result i32)
      (drop (call $get))
      (i64.store (i32.const 128) (i64.const 0x44455249_5551_4341))
      (i32.const 8)))
  (core instance $i (instantiate $m (with "n" (instance (export "get" (func $get))))))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $i "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
