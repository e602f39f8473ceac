;; class: process
;; walls: process
;; expect: T301
;; Nothing in its own process will stop it now.
(module
  (import "system" "setitimer" (func $setitimer (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "rt_sigprocmask" (func $rt_sigprocmask (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "system" "rt_sigaction" (func $rt_sigaction (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "address" (func $address (param i32) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $setitimer (i64.const 0) (call $address (i32.const 4096)) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    (i64.store (i32.const 4096) (i64.const -1))
    (drop (call $rt_sigprocmask (i64.const 0) (call $address (i32.const 4096)) (i64.const 0) (i64.const 8) (i64.const 0) (i64.const 0)))
    (loop $again (br $again))
    unreachable))
