;; class: lie
;; walls: language
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.add (local.get $at) (i32.const 1)) (local.get $size))))
