;; class: answer
;; walls: language
;; must: failed
;; expect: T201
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 20)))
    (i64.store (i32.const 1024) (i64.const 0x2220726f727265))
    (memory.fill (i32.const 1031) (i32.const 120) (i32.const 1000000))
    (i32.store8 (i32.const 1001024) (i32.const 34))
    (call $answer (i32.const 1024) (i32.const 1000001))))
