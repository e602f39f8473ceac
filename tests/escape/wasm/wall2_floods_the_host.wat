;; class: process
;; walls: process
;; expect: T201 T301 T303
;; Frames of nothing, without end.
(module
  (import "system" "write" (func $write (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (drop (call $write (i64.const 3) (call $address (i32.const 4096)) (i64.const 60000) (i64.const 0) (i64.const 0) (i64.const 0)))
      (br $again))
    unreachable))
