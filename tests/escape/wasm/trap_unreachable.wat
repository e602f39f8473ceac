;; class: trap
;; must: failed
;; expect: T201
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    unreachable))
