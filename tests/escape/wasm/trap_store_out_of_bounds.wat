;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i64.store (i32.mul (memory.size) (i32.const 65536)) (i64.const -1))
    unreachable))
