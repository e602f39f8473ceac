;; class: log
;; walls: language both
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (; door ;)
  (data (i32.const 1024) "\ff\fe\00\0a\0d\1b[2J\ed\a0\80\c0\80")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $log (i32.const 0) (i32.const 1024) (i32.const 14))
    (call $answer (local.get $at) (local.get $size))))
