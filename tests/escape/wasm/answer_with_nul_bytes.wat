;; class: answer
;; walls: language
;; must: failed
;; expect: T202 T203 T204 T205 T206 T207
(module
  (; door ;)
  (data (i32.const 1024) "{\22a\22:\22\00\00\22}\00")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 11))))
