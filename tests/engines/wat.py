"""WebAssembly guests for tests of the engine, from a few lines of text."""

import base64

from wasmtime import wat2wasm

__all__ = ["DOOR", "ECHO", "guest", "module", "when"]


DOOR = '(memory (export "memory") 1) (func (export "allocate") (param i32) (result i32) i32.const 1024)'
"""What every guest has besides an entry point, at its simplest."""


def module(text):
    """The source of a version: what the text says, in base64."""
    return base64.b64encode(wat2wasm(text)).decode()


def guest(body, *, entry="transformEvent", params="(param $at i32) (param $size i32)", data="", imports="", more=""):
    """A module whose entry point is `body`.

    `$answer` makes a result of a place and a size, `$say` of one of the strings in `data`, which are at 16, 272, 528 …; a
    string ends with a zero byte. `$allocate` gives memory out that never comes back.
    """
    strings = "".join(
        f'(data (i32.const {16 + 256 * at}) "{_escaped(text)}")'
        for at, text in enumerate([data] if isinstance(data, str) else data)
    )
    return module(f"""(module {imports}
      (memory (export "memory") 1)
      {strings}
      (global $free (mut i32) (i32.const 4096))
      (func $allocate (export "allocate") (param $size i32) (result i32) (local $place i32)
        (local.set $place (global.get $free))
        (global.set $free (i32.add (global.get $free) (local.get $size)))
        (block $fits
          (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
          (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
          (unreachable))
        (local.get $place))
      (func $answer (param $at i32) (param $size i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
      (func $length (param $at i32) (result i32) (local $end i32)
        (local.set $end (local.get $at))
        (block $done (loop $next
          (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $next)))
        (i32.sub (local.get $end) (local.get $at)))
      (func $say (param $at i32) (result i64) (call $answer (local.get $at) (call $length (local.get $at))))
      {more}
      (func $entry (export "{entry}") {params} (result i64) {body}))""")


def _escaped(text):
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:02x}" for byte in text.encode())


def when(byte, then):
    """A body that does `then` where the input has that byte, and answers with its input otherwise."""
    return f"""(local $i i32)
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $size)))
        (if (i32.eq (i32.load8_u (i32.add (local.get $at) (local.get $i))) (i32.const {ord(byte)})) (then {then}))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (call $answer (local.get $at) (local.get $size))"""


ECHO = guest("(call $answer (local.get $at) (local.get $size))")
