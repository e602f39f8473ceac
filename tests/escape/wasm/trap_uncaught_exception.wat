;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (tag $e (param i64))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (throw $e (i64.const 7))))
