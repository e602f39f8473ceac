;; class: process
;; walls: process
;; expect: T201 T301 T303
;; Eats whatever the host sends to the worker's next turns.
(module
  (import "system" "read" (func $read (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "readv" (func $readv (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (drop (call $read (i64.const 3) (call $address (i32.const 4096)) (i64.const 4096) (i64.const 0) (i64.const 0) (i64.const 0)))
      (br $again))
    unreachable))
