;; class: process
;; walls: process
;; The whole file system is given to it, as far as the process has one.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $given (param i32 i32) (result i32)))
  (; door ;)
  (data (i32.const 1024) "etc/passwd")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i32)
    (loop $again
      (if (i32.or (i32.eqz (call $given (local.get $fd) (i32.const 600)))
                  (i32.eqz (call $open (local.get $fd) (i32.const 1) (i32.const 1024) (i32.const 10) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 620))))
        (then (return (call $breached))))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $fd) (i32.const 32))))
    (call $answer (local.get $at) (local.get $size))))
