;; class: stack
;; walls: language process
;; must: failed
;; expect: T201 T301 T302
;; The host is called with ever less stack of the guest's left.
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (; door ;)
  (func $deeper (param i32)
    (call $log (i32.const 0) (i32.const 0) (i32.const 1))
    (call $deeper (i32.add (local.get 0) (i32.const 1)))
    (call $log (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $deeper (i32.const 0))
    unreachable))
