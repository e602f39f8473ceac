;; class: cpu
;; must: failed
;; expect: T201 T301
;; Waiting is for shared memories; on any other it must trap.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    unreachable))
