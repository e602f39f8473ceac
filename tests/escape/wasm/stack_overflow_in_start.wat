;; class: stack
;; walls: language process
;; must: failed
;; expect: T201 T208
(module
  (; door ;)
  (func $begin (call $begin) (call $begin))
  (start $begin)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (local.get $at) (local.get $size))))
