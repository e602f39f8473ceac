;; class: import
;; walls: language both
(module
  (import "os" "system" (func $system (param i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $system (i32.const 0)))
    (call $answer (local.get $at) (local.get $size))))
