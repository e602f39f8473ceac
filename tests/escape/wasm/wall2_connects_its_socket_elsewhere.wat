;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "connect" (func $connect (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "bind" (func $bind (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "listen" (func $listen (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "accept4" (func $accept4 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "getsockname" (func $getsockname (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "\02\00\00\50\7f\00\00\01")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $connect (i64.const 3) (call $address (i32.const 1024)) (i64.const 16) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $bind (i64.const 3) (call $address (i32.const 1024)) (i64.const 2) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $listen (i64.const 3) (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $accept4 (i64.const 3) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
