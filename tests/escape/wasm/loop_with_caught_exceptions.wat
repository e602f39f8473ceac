;; class: cpu
;; walls: language process
;; must: failed
;; expect: T301 T302 T201
;; Catches everything, also what might be thrown to end it.
(module
  (; door ;)
  (tag $e)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (loop $again
      (block $caught
        (try_table (catch_all $caught) (throw $e)))
      (br $again))
    unreachable))
