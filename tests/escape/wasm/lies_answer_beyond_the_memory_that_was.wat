;; class: lie
;; walls: language
;; The memory has moved or grown since the host looked.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $end i32)
    (local.set $end (i32.mul (memory.size) (i32.const 65536)))
    (drop (memory.grow (i32.const 64)))
    (memory.fill (local.get $end) (i32.const 10) (i32.const 65536))
    (call $answer (local.get $end) (i32.const 65536))))
