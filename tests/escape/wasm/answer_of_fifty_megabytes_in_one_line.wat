;; class: answer
;; walls: language both
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 800)))
    (i64.store (i32.const 1024) (i64.const 0x78223a2261227b))
    (memory.fill (i32.const 1030) (i32.const 120) (i32.const 50000000))
    (i32.store16 (i32.const 50001024) (i32.const 0x7d22))
    (call $answer (i32.const 1024) (i32.const 50000002))))
