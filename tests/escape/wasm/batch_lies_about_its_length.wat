;; class: lie
;; walls: language both
;; must: failed
;; expect: T204
(module
  (; door ;)
  (func (export "transformBatch") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const -8) (i32.const 16))))
