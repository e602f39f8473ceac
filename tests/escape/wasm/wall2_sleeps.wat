;; class: process
;; walls: process
;; expect: T201 T301 T303
(module
  (import "system" "clock_nanosleep" (func $clock_nanosleep (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "nanosleep" (func $nanosleep (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "pause" (func $pause (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "poll" (func $poll (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i64.store (i32.const 1024) (i64.const 100000))
    (drop (call $nanosleep (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (drop (call $clock_nanosleep (i64.const 1) (i64.const 0) (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0)))
    (drop (call $poll (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0) (i64.const 0) (i64.const 0)))
    (loop $again (br $again))
    unreachable))
