;; class: mem
;; must: failed
;; expect: T201 T301 T302
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $page i32)
    (loop $again
      (local.set $page (memory.grow (i32.const 1)))
      (if (i32.eq (local.get $page) (i32.const -1)) (then unreachable))
      (i64.store (i32.mul (local.get $page) (i32.const 65536)) (i64.const -1))
      (br $again))
    unreachable))
