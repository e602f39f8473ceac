;; class: lie
;; walls: language
;; Works once; whoever asks again is in for it.
(module
  (memory (export "memory") 1)
  (global $times (mut i32) (i32.const 0))
  (func (export "allocate") (param i32) (result i32)
    (global.set $times (i32.add (global.get $times) (i32.const 1)))
    (if (i32.gt_u (global.get $times) (i32.const 1)) (then unreachable))
    (i32.const 64))
  (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0)))
