;; class: shape
;; walls: language
(module
  (; door ;)
  (memory $wide i64 1)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow $wide (i64.const 0x1000000000)))
    (i64.store $wide (i64.const 0xffffffffffff) (i64.const 1))
    (call $answer (local.get $at) (local.get $size))))
