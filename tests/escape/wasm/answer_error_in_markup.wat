;; class: answer
;; walls: language
;; must: failed
;; expect: T201
(module
  (; door ;)
  (data (i32.const 1024) "error \22\5cu001b[2J\5cu0007\5cn\5cr<script>%s%n {0.__class__}\22")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $answer (i32.const 1024) (i32.const 53))))
