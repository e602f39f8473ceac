;; class: process
;; walls: process
;; expect: T201 T303
;; Its own socket to the host, sent to the host.
(module
  (import "system" "sendmsg" (func $sendmsg (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (i64.store (i32.const 1024) (call $address (i32.const 4096)))
    (i64.store (i32.const 1032) (i64.const 1))
    (i64.store (i32.const 2064) (call $address (i32.const 1024)))
    (i64.store (i32.const 2072) (i64.const 1))
    (i64.store (i32.const 2080) (call $address (i32.const 8192)))
    (i64.store (i32.const 2088) (i64.const 20))
    (i64.store (i32.const 8192) (i64.const 20))
    (i32.store (i32.const 8200) (i32.const 1))
    (i32.store (i32.const 8204) (i32.const 1))
    (i32.store (i32.const 8208) (i32.const 3))
    (drop (call $sendmsg (i64.const 3) (call $address (i32.const 2048)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (call $answer (local.get $at) (local.get $size))))
