;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i32)
    (loop $again
      (if (i32.or (i32.eqz (call $accept (local.get $fd) (i32.const 0) (i32.const 512)))
                  (i32.or (i32.eqz (call $send (local.get $fd) (i32.const 1024) (i32.const 0) (i32.const 0) (i32.const 512)))
                          (i32.eqz (call $recv (local.get $fd) (i32.const 1024) (i32.const 0) (i32.const 0) (i32.const 512) (i32.const 516)))))
        (then (return (call $breached))))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $fd) (i32.const 64))))
    (call $answer (local.get $at) (local.get $size))))
