;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301 T201
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (drop (call $now (i32.const 1) (i64.const 0) (i32.const 8)))
      (br $again))
    unreachable))
