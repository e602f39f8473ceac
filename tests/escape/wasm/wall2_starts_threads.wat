;; class: process
;; walls: process
;; expect: T201 T303
;; A thread of its own, with a stack in its own memory.
(module
  (import "system" "clone" (func $clone (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $clone (i64.const 0x50f00) (i64.add (call $address (i32.const 40960)) (i64.const 0)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
