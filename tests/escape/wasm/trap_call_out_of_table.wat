;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (type $f (func))
  (table 1 funcref)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call_indirect (type $f) (i32.const -1))
    unreachable))
