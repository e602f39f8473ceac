;; class: log
;; walls: language both
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $log (i32.const 7) (local.get $at) (local.get $size))
    (call $answer (local.get $at) (local.get $size))))
