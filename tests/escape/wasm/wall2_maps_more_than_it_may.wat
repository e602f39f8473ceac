;; class: process
;; walls: process
;; expect: T201 T302 T303
(module
  (import "system" "mmap" (func $mmap (param i64 i64 i64 i64 i64 i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $got i64)
    (local $n i32)
    (loop $again
      ;; a quarter of a gigabyte, private, and touched at once (MAP_POPULATE)
      (local.set $got (call $mmap (i64.const 0) (i64.const 0x10000000) (i64.const 3) (i64.const 0x8022) (i64.const -1) (i64.const 0)))
      (if (i64.gt_s (local.get $got) (i64.const 0)) (then (return (call $breached))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 8))))
    (call $answer (local.get $at) (local.get $size))))
