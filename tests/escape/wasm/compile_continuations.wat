;; class: compile
;; Stacks of the guest's own.
(module
  (; door ;)
  (type $f (func))
  (type $c (cont $f))
  (func $g)
  (elem declare func $g)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (cont.new $c (ref.func $g)))
    (i64.const 0)))
