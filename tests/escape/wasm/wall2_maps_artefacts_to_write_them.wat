;; class: process
;; walls: process
;; expect: T201 T303
;; Machine code that others run comes by descriptors: to be read, and by nobody to be changed.
(module
  (import "system" "mmap" (func $mmap (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i64)
    (local.set $fd (i64.const 4))
    (loop $again
      (if (i64.gt_s (call $mmap (i64.const 0) (i64.const 4096) (i64.const 3) (i64.const 1) (local.get $fd) (i64.const 0)) (i64.const 0)) (then (return (call $breached))))
      (local.set $fd (i64.add (local.get $fd) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $fd) (i64.const 64))))
    (call $answer (local.get $at) (local.get $size))))
