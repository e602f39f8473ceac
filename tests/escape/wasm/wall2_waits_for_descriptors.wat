;; class: process
;; walls: process
;; expect: T201 T301 T303
;; Descriptors come by the socket: nothing that it is not to have comes there.
(module
  (import "system" "recvmsg" (func $recvmsg (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    ;; one message header: room for eight bytes, and for sixteen descriptors beside them
    (i64.store (i32.const 1024) (call $address (i32.const 4096)))
    (i64.store (i32.const 1032) (i64.const 8))
    (i64.store (i32.const 2064) (call $address (i32.const 1024)))
    (i64.store (i32.const 2072) (i64.const 1))
    (i64.store (i32.const 2080) (call $address (i32.const 8192)))
    (i64.store (i32.const 2088) (i64.const 96))
    (drop (call $recvmsg (i64.const 3) (call $address (i32.const 2048)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (if (i64.gt_s (i64.load (i32.const 8192)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
