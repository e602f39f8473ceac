;; class: process
;; walls: process
;; expect: T201 T303 T301
;; In a child, should there be one, nobody answers.
(module
  (import "system" "fork" (func $fork (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "vfork" (func $vfork (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "clone" (func $clone (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "clone3" (func $clone3 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $clone (i64.const 0x11) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $fork (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $clone3 (call $address (i32.const 4096)) (i64.const 64) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
