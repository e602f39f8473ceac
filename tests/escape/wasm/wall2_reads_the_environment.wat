;; class: process
;; walls: process
;; expect: T201 T303
(module
  (import "system" "sysinfo" (func $sysinfo (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "python" (func $python (param i32 i32) (result i64)))
  (; door ;)
  (data (i32.const 1024) "import os\nresult = [dict(os.environ), open(\"/proc/self/environ\").read()] or 1234567")
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (call $python (i32.const 1024) (i32.const 83))))
