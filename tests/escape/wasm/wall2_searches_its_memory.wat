;; class: process
;; walls: process
;; expect: T201
;; What a worker remembers is its own workspace's: nothing of another's is in it.
(module
  (import "host" "python" (func $python (param i32 i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "import gc\nresult = [str(each)[:200] for each in gc.get_objects() if isinstance(each, (dict, str)) and 'canary-workspace' in str(each)[:2000]][:3]")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $python (i32.const 1024) (i32.const 145))))
