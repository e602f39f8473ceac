;; class: answer
;; walls: language
;; must: failed
;; expect: T202 T203 T204 T205 T206 T207
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 8)))
    (memory.fill (i32.const 1024) (i32.const 91) (i32.const 100000))
    (memory.fill (i32.const 101024) (i32.const 93) (i32.const 100000))
    (call $answer (i32.const 1024) (i32.const 200000))))
