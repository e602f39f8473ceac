;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $given (param i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i32)
    (i32.store (i32.const 520) (i32.const 2048))
    (i32.store (i32.const 524) (i32.const 1000))
    (loop $again
      (i32.store (i32.const 528) (i32.const 0))
      (if (i32.or (i32.and (i32.eqz (call $read (local.get $fd) (i32.const 520) (i32.const 1) (i32.const 528))) (i32.ne (i32.load (i32.const 528)) (i32.const 0)))
                  (i32.eqz (call $given (local.get $fd) (i32.const 536))))
        (then (return (call $breached))))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $fd) (i32.const 64))))
    (call $answer (local.get $at) (local.get $size))))
