;; class: state
;; walls: language both
;; Runs twice: what it counted the first time must be gone.
(module
  (; door ;)
  (global $calls (mut i32) (i32.const 0))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.gt_u (global.get $calls) (i32.const 1)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
