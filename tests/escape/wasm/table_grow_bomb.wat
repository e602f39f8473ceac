;; class: mem
(module
  (; door ;)
  (table $t 1 funcref)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 100000)) (i32.const -1))))
    (call $answer (local.get $at) (local.get $size))))
