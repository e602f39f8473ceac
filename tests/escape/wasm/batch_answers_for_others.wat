;; class: answer
;; walls: language both
;; must: failed
;; expect: T206
(module
  (; door ;)
  (data (i32.const 1024) "{\22messageId\22:\22of another batch\22,\22forged\22:true}")
  (func (export "transformBatch") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 46))))
