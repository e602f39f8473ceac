;; class: process
;; walls: process
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $sizes (i32.const 512) (i32.const 516)))
    (if (i32.eqz (i32.load (i32.const 512))) (then (return (call $answer (local.get $at) (local.get $size)))))
    (drop (call $get (i32.const 1024) (i32.const 8192)))
    ;; the text of the environment, as an error
    (i64.store (i32.const 8184) (i64.const 0x2220726f72726520))
    (call $answer (i32.const 8185) (i32.add (i32.load (i32.const 516)) (i32.const 7)))))
