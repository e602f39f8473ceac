;; class: state
;; Memory that was another's must come as zeros.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $p i32)
    (drop (memory.grow (i32.const 100)))
    (local.set $p (i32.const 131072))
    (loop $again
      (if (i64.ne (i64.load (local.get $p)) (i64.const 0)) (then (return (call $breached))))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (br_if $again (i32.lt_u (local.get $p) (i32.mul (memory.size) (i32.const 65536)))))
    (call $answer (local.get $at) (local.get $size))))
