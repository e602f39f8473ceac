;; class: shape
;; walls: language
;; must: refused
(module
  (; door ;)
  (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0))
  (func (export "transformBatch") (param i64) (result i64) (i64.const 0)))
