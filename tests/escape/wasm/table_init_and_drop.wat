;; class: mem
;; must: failed
;; expect: T201
(module
  (; door ;)
  (table $t 1 funcref)
  (elem $e func $allocate)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
    (elem.drop $e)
    ;; the second time there is nothing left
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
    (call $answer (local.get $at) (local.get $size))))
