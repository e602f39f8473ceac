;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "openat" (func $openat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "mkdirat" (func $mkdirat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "unlinkat" (func $unlinkat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "renameat2" (func $renameat2 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "symlinkat" (func $symlinkat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "/tmp/hostile-made-this\00")
  (data (i32.const 1056) "/tmp/hostile-link\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $openat (i64.const -100) (call $address (i32.const 1024)) (i64.const 0x42) (i64.const 0x1ff) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $mkdirat (i64.const -100) (call $address (i32.const 1024)) (i64.const 0x1ff) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $unlinkat (i64.const -100) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $symlinkat (call $address (i32.const 1024)) (i64.const -100) (call $address (i32.const 1056)) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
