;; class: mem
;; must: failed
;; expect: T201 T301 T302
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (drop (call $allocate (i32.const 1048576)))
      (br $again))
    unreachable))
