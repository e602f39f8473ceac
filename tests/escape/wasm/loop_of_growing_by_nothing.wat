;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (drop (memory.grow (i32.const 0)))
      (br $again))
    unreachable))
