;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "setuid" (func $setuid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "setresuid" (func $setresuid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "setgroups" (func $setgroups (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "capset" (func $capset (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "prctl" (func $prctl (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $setresuid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $setgroups (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $capset (call $address (i32.const 1024)) (call $address (i32.const 1040)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $prctl (i64.const 4) (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
