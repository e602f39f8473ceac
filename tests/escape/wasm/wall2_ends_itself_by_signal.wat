;; class: process
;; walls: process
;; expect: T201 T303 T301 T302
(module
  (import "system" "kill" (func $kill (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "getpid" (func $getpid (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "tgkill" (func $tgkill (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $tgkill (call $getpid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (call $getpid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 11) (i64.const 0) (i64.const 0) (i64.const 0)))
    (drop (call $kill (call $getpid (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (i64.const 19) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
