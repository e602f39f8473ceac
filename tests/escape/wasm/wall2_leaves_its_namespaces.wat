;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "unshare" (func $unshare (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "setns" (func $setns (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "chroot" (func $chroot (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "mount" (func $mount (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "pivot_root" (func $pivot_root (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "/\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $chroot (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $setns (i64.const 3) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $unshare (i64.const 0x10000000) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $mount (call $address (i32.const 1024)) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0x1000) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
