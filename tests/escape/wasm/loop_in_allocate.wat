;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
(module
  (memory (export "memory") 1)
  (func (export "allocate") (param i32) (result i32) (loop $again (br $again)) unreachable)
  (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0)))
