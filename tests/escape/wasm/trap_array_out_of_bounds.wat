;; class: trap
;; walls: language process
;; must: failed
;; expect: T201
(module
  (; door ;)
  (type $a (array i32))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (array.get $a (array.new $a (i32.const 1) (i32.const 2)) (i32.const 2)))
    unreachable))
