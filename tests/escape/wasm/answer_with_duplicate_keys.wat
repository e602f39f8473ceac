;; class: answer
;; walls: language
(module
  (; door ;)
  (data (i32.const 1024) "{\22a\22:1,\22a\22:2,\22__proto__\22:{\22a\22:3}}")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 33))))
