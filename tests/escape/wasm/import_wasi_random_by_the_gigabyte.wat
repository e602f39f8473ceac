;; class: import
;; walls: language both
;; must: failed
;; expect: T201 T301 T302
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 500)))
    (loop $again
      (drop (call $random (i32.const 0) (i32.const 30000000)))
      (br $again))
    unreachable))
