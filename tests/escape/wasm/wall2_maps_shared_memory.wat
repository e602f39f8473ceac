;; class: process
;; walls: process
;; expect: T201 T303
;; Shared memory is no data of the process: the limit of these would not count it.
(module
  (import "system" "mmap" (func $mmap (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "memfd_create" (func $memfd_create (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "ftruncate" (func $ftruncate (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "shmget" (func $shmget (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "room\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $mmap (i64.const 0) (i64.const 0x10000000) (i64.const 3) (i64.const 0x21) (i64.const -1) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $mmap (i64.const 0) (i64.const 0x10000000) (i64.const 0) (i64.const 0x21) (i64.const -1) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $ftruncate (call $memfd_create (call $address (i32.const 1024)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0x10000000) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $shmget (i64.const 0) (i64.const 0x10000000) (i64.const 0x3ff) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
