;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    ;; a vector beyond memory, then vectors that point beyond it, then a billion of them, then an answer beyond it
    (drop (call $write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 512)))
    (i32.store (i32.const 1024) (i32.const 65530))
    (i32.store (i32.const 1028) (i32.const -1))
    (drop (call $write (i32.const 2) (i32.const 1024) (i32.const 1) (i32.const 512)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0x3fffffff) (i32.const 512)))
    (drop (call $write (i32.const 1) (i32.const 512) (i32.const 0) (i32.const -1)))
    (call $answer (local.get $at) (local.get $size))))
