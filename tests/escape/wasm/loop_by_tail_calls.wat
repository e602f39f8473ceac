;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
(module
  (; door ;)
  (func $ping (result i64) (return_call $pong))
  (func $pong (result i64) (return_call $ping))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (return_call $ping)))
