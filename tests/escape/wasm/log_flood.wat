;; class: log
;; walls: language both
;; expect: T301
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $n i32)
    (memory.fill (i32.const 1024) (i32.const 120) (i32.const 60000))
    (loop $again
      (call $log (i32.const 0) (i32.const 1024) (i32.const 60000))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 20000))))
    (call $answer (local.get $at) (local.get $size))))
