;; class: answer
;; walls: language
(module
  (; door ;)
  (data (i32.const 1024) "\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a{\22forged\22:true}\0a")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 76))))
