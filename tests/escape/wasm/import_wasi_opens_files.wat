;; class: import
;; walls: language both
(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $fd i32)
    ;; every descriptor that could be a folder given beforehand: "etc/passwd"
    (i64.store (i32.const 1024) (i64.const 0x7361702f6374652f))
    (i32.store (i32.const 1032) (i32.const 0x647773))
    (loop $again
      (if (i32.eqz (call $open (local.get $fd) (i32.const 1) (i32.const 1025) (i32.const 10) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 512))) (then
        (i32.store (i32.const 520) (i32.const 2048))
        (i32.store (i32.const 524) (i32.const 1000))
        (drop (call $read (i32.load (i32.const 512)) (i32.const 520) (i32.const 1) (i32.const 528)))
        (return (call $answer (i32.const 2048) (i32.load (i32.const 528))))))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $fd) (i32.const 64))))
    (call $answer (local.get $at) (local.get $size))))
