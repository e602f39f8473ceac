;; class: cpu
;; must: failed
;; expect: T301
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again (br $again))
    unreachable))
