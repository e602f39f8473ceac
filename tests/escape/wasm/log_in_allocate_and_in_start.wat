;; class: log
;; walls: language both
;; The host is called before it is ready for it.
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func $begin (call $log (i32.const 5) (i32.const 0) (i32.const 65536)))
  (start $begin)
  (func (export "allocate") (param i32) (result i32)
    (call $log (i32.const 5) (i32.const 0) (i32.const 65537))
    (i32.const 1024))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64) (i64.const 0)))
