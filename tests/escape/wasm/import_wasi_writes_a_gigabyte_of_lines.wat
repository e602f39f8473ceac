;; class: import
;; walls: language both
;; expect: T201 T301 T302
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $n i32)
    ;; a thousand vectors, each of the same megabyte
    (drop (memory.grow (i32.const 20)))
    (memory.fill (i32.const 131072) (i32.const 10) (i32.const 1048576))
    (loop $again
      (i32.store (i32.add (i32.const 1024) (i32.mul (local.get $n) (i32.const 8))) (i32.const 131072))
      (i32.store (i32.add (i32.const 1028) (i32.mul (local.get $n) (i32.const 8))) (i32.const 1048576))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 1024))))
    (drop (call $write (i32.const 1) (i32.const 1024) (i32.const 1024) (i32.const 512)))
    (call $answer (local.get $at) (local.get $size))))
