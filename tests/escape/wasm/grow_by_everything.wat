;; class: mem
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (if (i32.ne (memory.grow (i32.const 65534)) (i32.const -1)) (then
      (i32.store8 (i32.const -1) (i32.const 1))))
    (drop (memory.grow (i32.const -1)))
    (call $answer (local.get $at) (local.get $size))))
