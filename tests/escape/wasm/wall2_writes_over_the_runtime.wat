;; class: process
;; walls: process
;; expect: T201 T301 T302 T303
(module
  (import "host" "address" (func $address (param i32) (result i64)))
  (import "host" "store" (func $store (param i64 i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $n i64)
    (loop $again
      (call $store (i64.sub (call $address (i32.const 0)) (i64.mul (local.get $n) (i64.const 4096))) (i64.const 0x4141414141414141))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $n) (i64.const 1000000))))
    (call $answer (local.get $at) (local.get $size))))
