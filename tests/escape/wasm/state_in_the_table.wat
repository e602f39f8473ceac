;; class: state
;; walls: language both
(module
  (; door ;)
  (table $t 64 funcref)
  (elem declare func $allocate)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 3)))) (then (return (call $breached))))
    (table.fill $t (i32.const 0) (ref.func $allocate) (i32.const 64))
    (drop (table.grow $t (ref.func $allocate) (i32.const 64)))
    (call $answer (local.get $at) (local.get $size))))
