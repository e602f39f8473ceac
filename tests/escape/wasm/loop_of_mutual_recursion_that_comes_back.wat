;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
;; 2 to the 40th calls, none of them deep.
(module
  (; door ;)
  (func $even (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call $odd (i32.sub (local.get $n) (i32.const 1))) (call $odd (i32.sub (local.get $n) (i32.const 1)))))
      (else (i32.const 1))))
  (func $odd (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call $even (i32.sub (local.get $n) (i32.const 1))) (call $even (i32.sub (local.get $n) (i32.const 1)))))
      (else (i32.const 1))))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (call $even (i32.const 40)))
    unreachable))
