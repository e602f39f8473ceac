;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "userfaultfd" (func $userfaultfd (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $userfaultfd (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
