;; class: answer
;; walls: language
(module
  (; door ;)
  (data (i32.const 1024) "{\22a\22:\22x\e2\80\a8y\e2\80\a9z\c2\85\22}\e2\80\a8")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 22))))
