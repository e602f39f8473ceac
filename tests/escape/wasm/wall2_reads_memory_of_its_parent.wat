;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "process_vm_readv" (func $process_vm_readv (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "process_vm_writev" (func $process_vm_writev (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "getppid" (func $getppid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i64.store (i32.const 1024) (call $address (i32.const 4096)))
    (i64.store (i32.const 1032) (i64.const 8))
    (if (i64.ge_s (call $process_vm_readv (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (call $address (i32.const 1024)) (i64.const 1) (call $address (i32.const 1024)) (i64.const 1) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $process_vm_writev (call $getppid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (call $address (i32.const 1024)) (i64.const 1) (call $address (i32.const 1024)) (i64.const 1) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
