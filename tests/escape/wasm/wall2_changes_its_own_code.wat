;; class: process
;; walls: process
;; expect: T201 T303
;; Makes its memory executable, and runs a return instruction there.
(module
  (import "system" "mprotect" (func $mprotect (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (import "host" "jump" (func $jump (param i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $page i64)
    ;; the address of a function of the runtime is not told; its own code lies somewhere near nothing that it knows
    (local.set $page (i64.and (call $address (i32.const 0)) (i64.const -4096)))
    (drop (call $mprotect (local.get $page) (i64.const 4096) (i64.const 7) (i64.const 0) (i64.const 0) (i64.const 0)))
    (i64.store (i32.const 0) (i64.const 0xc3c3c3c3c3c3c3c3))
    (drop (call $jump (local.get $page)))
    (call $answer (local.get $at) (local.get $size))))
