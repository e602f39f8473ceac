;; class: answer
;; walls: language both
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $p i32)
    (drop (memory.grow (i32.const 64)))
    (local.set $p (i32.const 1025))
    (loop $again
      (i32.store (local.get $p) (i32.const 0x002c7d7b))
      (local.set $p (i32.add (local.get $p) (i32.const 3)))
      (br_if $again (i32.lt_u (local.get $p) (i32.const 301025))))
    (i32.store8 (i32.const 1024) (i32.const 91))
    (i32.store8 (i32.sub (local.get $p) (i32.const 1)) (i32.const 93))
    (call $answer (i32.const 1024) (i32.sub (local.get $p) (i32.const 1024)))))
