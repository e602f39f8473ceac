;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (type $s (struct))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (ref.cast (ref $s) (ref.i31 (i32.const 1))))
    unreachable))
