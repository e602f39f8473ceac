;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "openat" (func $openat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "/proc/self/mem\00")
  (data (i32.const 1056) "/proc/self/environ\00")
  (data (i32.const 1088) "/proc/self/fd/0\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $openat (i64.const -100) (call $address (i32.const 1024)) (i64.const 2) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $openat (i64.const -100) (call $address (i32.const 1056)) (i64.const 2) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $openat (i64.const -100) (call $address (i32.const 1088)) (i64.const 2) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
