;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $random (i32.const -1) (i32.const 1)))
    (drop (call $random (i32.const 0) (i32.const -1)))
    (drop (call $random (i32.const -16) (i32.const 32)))
    (call $answer (local.get $at) (local.get $size))))
