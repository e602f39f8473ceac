;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "pidfd_open" (func $pidfd_open (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "pidfd_getfd" (func $pidfd_getfd (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "getppid" (func $getppid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $pidfd_getfd (call $pidfd_open (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 3) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
