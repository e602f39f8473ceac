;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "bpf" (func $bpf (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i64.ge_s (call $bpf (i64.const 0) (call $address (i32.const 4096)) (i64.const 64) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
