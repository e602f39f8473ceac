;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "openat" (func $openat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "getdents64" (func $getdents64 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "readlinkat" (func $readlinkat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "statx" (func $statx (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "/etc\00")
  (data (i32.const 1056) "/proc/self/exe\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $openat (i64.const -100) (call $address (i32.const 1024)) (i64.const 0x10000) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $statx (i64.const -100) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0xfff) (call $address (i32.const 4096)) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $readlinkat (i64.const -100) (call $address (i32.const 1056)) (call $address (i32.const 4096)) (i64.const 4096) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
