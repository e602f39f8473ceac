;; class: answer
;; walls: language
(module
  (; door ;)
  (data (i32.const 1024) "drop {\22reason\22:{\22deep\22:[1]}}")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 28))))
