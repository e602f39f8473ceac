;; class: mem
;; Objects that a collector would hold, if that proposal is on.
(module
  (; door ;)
  (type $cell (struct (field (ref null $cell)) (field i64) (field i64)))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $list (ref null $cell))
    (loop $again
      (local.set $list (struct.new $cell (local.get $list) (i64.const 7) (i64.const 7)))
      (br $again))
    unreachable))
