;; class: cpu
;; must: failed
;; expect: T301 T201 T302
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (call $log (i32.const 0) (i32.const 0) (i32.const 1))
      (br $again))
    unreachable))
