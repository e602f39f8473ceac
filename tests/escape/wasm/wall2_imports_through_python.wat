;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "host" "python" (func $python (param i32 i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "import subprocess\nresult = 'BREA' + 'CHED' + str(subprocess.run(['id'], check=True))")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $python (i32.const 1024) (i32.const 84))))
