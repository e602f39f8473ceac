;; class: answer
;; walls: language
;; must: failed
;; expect: T202 T203 T204 T205 T206 T207
;; A byte that begins nothing, an overlong NUL, half a pair.
(module
  (; door ;)
  (data (i32.const 1024) "{\"a\":\"\ff\c0\80\ed\a0\80\"}")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 12))))
