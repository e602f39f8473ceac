;; class: state
;; walls: language both
;; Traps the second time, if the dropped segment stayed dropped.
(module
  (; door ;)
  (data $d "once")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (memory.init $d (i32.const 1024) (i32.const 0) (i32.const 4))
    (data.drop $d)
    (i32.store (i32.const 2048) (i32.const 1))
    (call $answer (local.get $at) (local.get $size))))
