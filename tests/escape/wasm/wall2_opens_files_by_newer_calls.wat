;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "openat2" (func $openat2 (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "name_to_handle_at" (func $name_to_handle_at (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "open_tree" (func $open_tree (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "/etc/passwd\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $openat2 (i64.const -100) (call $address (i32.const 1024)) (call $address (i32.const 2048)) (i64.const 24) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $name_to_handle_at (i64.const -100) (call $address (i32.const 1024)) (call $address (i32.const 2048)) (call $address (i32.const 3072)) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (if (i64.ge_s (call $open_tree (i64.const -100) (call $address (i32.const 1024)) (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
