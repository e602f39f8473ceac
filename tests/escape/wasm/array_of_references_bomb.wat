;; class: mem
(module
  (; door ;)
  (type $a (array (mut externref)))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (array.new_default $a (i32.const 0x7fffffff)))
    (call $answer (local.get $at) (local.get $size))))
