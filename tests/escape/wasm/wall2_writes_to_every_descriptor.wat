;; class: process
;; walls: process
;; expect: T201 T303
;; Its progress mark and artefacts that others run may be among them.
(module
  (import "system" "pwrite64" (func $pwrite64 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "ftruncate" (func $ftruncate (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "write" (func $write (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i64)
    (local.set $fd (i64.const 4))
    (loop $again
      (drop (call $pwrite64 (local.get $fd) (call $address (i32.const 4096)) (i64.const 4096) (i64.const 0) (i64.const 0) (i64.const 0)))
      (drop (call $write (local.get $fd) (call $address (i32.const 4096)) (i64.const 4096) (i64.const 0) (i64.const 0) (i64.const 0)))
      (drop (call $ftruncate (local.get $fd) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
      (local.set $fd (i64.add (local.get $fd) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $fd) (i64.const 64))))
    (call $answer (local.get $at) (local.get $size))))
