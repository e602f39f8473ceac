;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (type $f (func))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call_ref $f (ref.null $f))
    unreachable))
