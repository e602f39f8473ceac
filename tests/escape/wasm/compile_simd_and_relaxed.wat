;; class: compile
;; Answers that differ from processor to processor.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (v128.store (i32.const 0) (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 nan inf -inf 1e30)))
    (call $answer (local.get $at) (local.get $size))))
