;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (i64.atomic.load (i32.const 1)))
    unreachable))
