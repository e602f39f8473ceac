;; class: stack
;; walls: language process
;; must: failed
;; expect: T201 T302
(module
  (memory (export "memory") 1)
  (func $a (export "allocate") (param i32) (result i32) (i32.add (call $a (local.get 0)) (i32.const 1)))
  (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0)))
