;; class: component
;; walls: language both
;; must: failed
;; expect: T201 T301 T302
(component
  (import "wasi:io/streams@0.2.0" (instance $s
    (export "output-stream" (type $o (sub resource)))
    (export "[method]output-stream.write" (func (param "self" (borrow $o)) (param "contents" (list u8)) (result (result))))))
  (alias export $s "output-stream" (type $stream))
  (import "wasi:cli/stdout@0.2.0" (instance $c
    (alias outer 1 $stream (type $os))
    (export "output-stream" (type $mine (eq $os)))
    (export "get-stdout" (func (result (own $mine))))))
  (core module $m
    (memory (export "memory") 480)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $i (instantiate $m))
  (core func $stdout (canon lower (func $c "get-stdout")))
  (core func $write (canon lower (func $s "[method]output-stream.write") (memory (core memory $i "memory"))))
  (core module $n
    (import "h" "stdout" (func $stdout (result i32)))
    (import "h" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "m" "memory" (memory 1))
    (func (export "go") (param i32 i32) (result i32)
      (loop $again
        (drop (call $stdout))
        (br $again))
      (i32.const 8)))
  (core instance $j (instantiate $n (with "h" (instance (export "stdout" (func $stdout)) (export "write" (func $write)))) (with "m" (instance $i))))
  (func $lifted (param "events" string) (result string)
    (canon lift (core func $j "go") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "transform-event" (func $lifted)))
