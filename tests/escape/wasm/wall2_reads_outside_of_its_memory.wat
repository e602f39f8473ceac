;; class: process
;; walls: process
;; expect: T201 T303
;; Into the guard pages behind its memory, and beyond them.
(module
  (import "host" "address" (func $address (param i32) (result i64)))
  (import "host" "load" (func $load (param i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $n i64)
    (loop $again
      (drop (call $load (i64.add (call $address (i32.const 0)) (i64.mul (local.get $n) (i64.const 1048576)))))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $n) (i64.const 16384))))
    (call $answer (local.get $at) (local.get $size))))
