;; class: lie
;; walls: language
(module
  (memory (export "memory") 1)
  (func (export "allocate") (param i32) (result i32) (i32.mul (memory.size) (i32.const 65536)))
  (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0)))
