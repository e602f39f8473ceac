;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "memfd_create" (func $memfd_create (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "write" (func $write (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "execveat" (func $execveat (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "program\00")
  (data (i32.const 1040) "#!/bin/true\n")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i64)
    (local.set $fd (call $memfd_create (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (drop (call $write (local.get $fd) (call $address (i32.const 1040)) (i64.const 12) (i64.const 0) (i64.const 0) (i64.const 0)))
    (drop (call $execveat (local.get $fd) (call $address (i32.const 1036)) (i64.const 0) (i64.const 0) (i64.const 0x1000) (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
