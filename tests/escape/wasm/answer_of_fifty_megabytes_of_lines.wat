;; class: answer
;; walls: language both
;; Every line is one small object of the host's, if it splits before it counts.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 800)))
    (memory.fill (i32.const 1024) (i32.const 10) (i32.const 50000000))
    (call $answer (i32.const 1024) (i32.const 50000000))))
