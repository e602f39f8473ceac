;; class: answer
;; walls: language both
(module
  (; door ;)
  (data (i32.const 1024) "{\22a\22:1}\0a{\22a\22:2}\0adrop \22half of it\22\0a")
  (func (export "transformBatch") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 34))))
