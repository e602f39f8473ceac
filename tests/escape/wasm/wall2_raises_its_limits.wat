;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "prlimit64" (func $prlimit64 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "setrlimit" (func $setrlimit (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "setpriority" (func $setpriority (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "sched_setscheduler" (func $sched_setscheduler (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i64.store (i32.const 1024) (i64.const -1))
    (i64.store (i32.const 1032) (i64.const -1))
    (if (i64.ge_s (call $prlimit64 (i64.const 0) (i64.const 2) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $prlimit64 (i64.const 0) (i64.const 7) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $setpriority (i64.const 0) (i64.const 0) (i64.const -20) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $sched_setscheduler (i64.const 0) (i64.const 1) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
