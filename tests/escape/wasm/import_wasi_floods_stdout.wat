;; class: import
;; walls: language both
;; must: failed
;; expect: T201 T301 T302
;; Text without a single line break, without end: it must not pile up.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i32.store (i32.const 1024) (i32.const 2048))
    (i32.store (i32.const 1028) (i32.const 60000))
    (memory.fill (i32.const 2048) (i32.const 120) (i32.const 60000))
    (loop $again
      (drop (call $write (i32.const 1) (i32.const 1024) (i32.const 1) (i32.const 512)))
      (br $again))
    unreachable))
