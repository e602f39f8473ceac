;; class: process
;; walls: process
;; expect: T201 T303
;; To the kernel it is a stack, and no data either.
(module
  (import "system" "mmap" (func $mmap (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "mprotect" (func $mprotect (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $mmap (i64.const 0) (i64.const 0x10000000) (i64.const 3) (i64.const 0x122) (i64.const -1) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $mprotect (call $mmap (i64.const 0) (i64.const 0x10000000) (i64.const 0) (i64.const 0x22) (i64.const -1) (i64.const 0)) (i64.const 0x10000000) (i64.const 0x1000003) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
