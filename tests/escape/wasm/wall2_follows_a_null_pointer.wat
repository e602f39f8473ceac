;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "host" "load" (func $load (param i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $load (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
