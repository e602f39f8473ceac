;; class: process
;; walls: process
;; expect: T201 T303 T301
;; Workers of WebAssembly may map executable memory: code of its own runs there, and the kernel answers it as it does all others.
(module
  (import "system" "mmap" (func $mmap (param i64 i64 i64 i64 i64 i64) (result i64)))
  (import "host" "store" (func $store (param i64 i64)))
  (import "host" "jump" (func $jump (param i64) (result i64)))
  (; door ;)
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64)
    (local $page i64)
    (local.set $page (call $mmap (i64.const 0) (i64.const 4096) (i64.const 7) (i64.const 0x22) (i64.const -1) (i64.const 0)))
    (if (i64.le_s (local.get $page) (i64.const 0)) (then (return (call $answer (local.get $at) (local.get $size)))))
    ;; xor edi,edi; mov eax,57 (fork); syscall; ret
    (call $store (local.get $page) (i64.const 0x050f00000039b8))
    (call $store (i64.add (local.get $page) (i64.const 7)) (i64.const 0xc3))
    (if (i64.ge_s (call $jump (local.get $page)) (i64.const 0)) (then (return (call $breached))))
    (call $answer (local.get $at) (local.get $size))))
