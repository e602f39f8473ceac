;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "write" (func $write (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 16)))
    (memory.fill (i32.const 4096) (i32.const 255) (i32.const 1000000))
    (drop (call $write (i64.const 3) (call $address (i32.const 4096)) (i64.const 1000000) (i64.const 0) (i64.const 0) (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
