;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
;; Each turn is one long instruction, in which nobody looks at the clock.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 400)))
    (loop $again
      (memory.copy (i32.const 8) (i32.const 0) (i32.const 26000000))
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 26000000))
      (br $again))
    unreachable))
