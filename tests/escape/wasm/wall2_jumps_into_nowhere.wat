;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "host" "jump" (func $jump (param i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $jump (i64.const 0xdeadbeef000)))
    (call $answer (local.get $at) (local.get $size))))
