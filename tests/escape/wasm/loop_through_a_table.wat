;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301
(module
  (; door ;)
  (type $f (func))
  (table $t 1 funcref)
  (elem (table $t) (i32.const 0) func $self)
  (func $self (type $f) (return_call_indirect $t (type $f) (i32.const 0)))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call_indirect $t (type $f) (i32.const 0))
    unreachable))
