;; class: answer
;; walls: language
(module
  (; door ;)
  (data (i32.const 1024) "{\22a\22:1}\0a{\22a\22:2}\0a{\22a\22:3}\0a")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 24))))
