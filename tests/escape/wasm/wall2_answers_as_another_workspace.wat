;; class: process
;; walls: process
;; expect: T201 T303
;; The worker's own objects: they hold the workspace's own turns and nothing else.
(module
  (import "host" "python" (func $python (param i32 i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "import gc\nresult = [each.__dict__ for each in gc.get_objects() if type(each).__name__ in ('Worker', 'Outbox')]")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $python (i32.const 1024) (i32.const 110))))
