;; class: mem
;; must: failed
;; expect: T201
(module
  (; door ;)
  (data $d "hidden")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (data.drop $d)
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 6))
    (call $answer (local.get $at) (local.get $size))))
