;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "getppid" (func $getppid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "kill" (func $kill (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "tgkill" (func $tgkill (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "tkill" (func $tkill (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "pidfd_open" (func $pidfd_open (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "pidfd_send_signal" (func $pidfd_send_signal (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $kill (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 9) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $kill (i64.const -1) (i64.const 9) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $tkill (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 9) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $tgkill (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 9) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $pidfd_open (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
