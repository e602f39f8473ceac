;; class: lie
;; walls: language
;; must: failed
;; expect: T204
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 0) (i32.const 0x80000000))))
