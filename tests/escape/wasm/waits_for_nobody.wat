;; class: cpu
(module
  (memory (export "memory") 1 1 shared)
  (func (export "allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "transformEvent") (param i32 i32) (result i64)
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (i64.const 0)))
