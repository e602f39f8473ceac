;; class: stack
;; must: failed
;; expect: T201 T302
(module
  (; door ;)
  (func $deeper (call $deeper) (call $deeper))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $deeper)
    unreachable))
