;; class: process
;; walls: process
;; expect: T303
(module
  (import "system" "exit_group" (func $exit_group (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $exit_group (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
