;; class: answer
;; walls: language both
(module
  (; door ;)
  (func (export "transformBatch") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 64)))
    (memory.fill (i32.const 1024) (i32.const 10) (i32.const 4000000))
    (call $answer (i32.const 1024) (i32.const 4000000))))
