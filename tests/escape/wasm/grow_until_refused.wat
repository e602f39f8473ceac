;; class: mem
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    ;; use all of it
    (memory.fill (i32.const 0) (i32.const 32) (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)))
    (call $answer (local.get $at) (local.get $size))))
