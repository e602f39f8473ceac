;; class: state
;; The next file looks for what this one left behind, in the same worker.
(module
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (drop (memory.grow (i32.const 100)))
    (memory.fill (i32.const 0) (i32.const 0x50) (i32.mul (memory.size) (i32.const 65536)))
    (call $answer (i32.const 0) (i32.const 0))))
