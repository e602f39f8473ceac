;; class: cpu
;; must: failed
;; expect: T301
(module
  (; door ;)
  (func $begin (loop $again (br $again)))
  (start $begin)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (local.get $at) (local.get $size))))
