;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "openat" (func $openat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "open" (func $open (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "read" (func $read (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i64)
    (i32.store8 (i32.sub (i32.add (local.get $at) (local.get $size)) (i32.const 2)) (i32.const 0))

    (local.set $fd (call $openat (i64.const -100) (call $address (i32.add (local.get $at) (i32.const 29))) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (if (i64.lt_s (local.get $fd) (i64.const 0)) (then (local.set $fd (call $open (call $address (i32.add (local.get $at) (i32.const 29))) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))))
    (if (i64.lt_s (local.get $fd) (i64.const 0)) (then (i32.store8 (i32.sub (i32.add (local.get $at) (local.get $size)) (i32.const 2)) (i32.const 34)) (return (call $answer (local.get $at) (local.get $size)))))
    (call $breached)))
