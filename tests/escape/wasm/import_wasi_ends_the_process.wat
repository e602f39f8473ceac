;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $exit (i32.const 0))
    (call $answer (local.get $at) (local.get $size))))
