"""Hostile WebAssembly as its authors write it, and as bytes: text (`.wat`) and programs that make a module (`.wasm.py`).

In the text the comment `(; door ;)` stands for the exports that every guest has, so that a file says only what is hostile about
it: a memory of two pages, `allocate`, and the functions `$answer`, which gives the result, and `$breached`, which tells on itself.
A program has `module()`, which gives the bytes; it may be out of all proportion (`giant`), and it may lie about its own form.
"""

import runpy

__all__ = ["body", "bytes_of", "door", "leb", "named", "section"]

DOOR = r"""
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))
  (data (i32.const 512) "{\"said\":\"BREACHED\"}")
  (func $allocate (export "allocate") (param $size i32) (result i32)
    (local $at i32)
    (local $missing i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.set $missing (i32.sub (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
    (if (i32.gt_s (local.get $missing) (i32.const 0)) (then
      (drop (memory.grow (i32.shr_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 16))))))
    (local.get $at))
  (func $answer (param $at i32) (param $size i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
  (func $breached (result i64) (call $answer (i32.const 512) (i32.const 19)))
"""
HEADER = b"\0asm\x01\0\0\0"
I32, I64 = b"\x7f", b"\x7e"


def bytes_of(path):
    """The module that the file stands for."""
    if path.name.endswith(".wasm.py"):
        return bytes(runpy.run_path(str(path))["module"]())
    from wasmtime import wat2wasm

    return bytes(wat2wasm(path.read_text().replace("(; door ;)", DOOR)))


def leb(number):
    """An unsigned number as WebAssembly writes it."""
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)


def section(number, content, count=None):
    """A section; with `count`, one that is a list of so many things."""
    content = content if count is None else leb(count) + content
    return bytes([number]) + leb(len(content)) + content


def named(text):
    return leb(len(text.encode())) + text.encode()


def body(code, locals_=b"\0"):
    """A function's body, but for its last `end`."""
    content = locals_ + code + b"\x0b"
    return leb(len(content)) + content


def door(*, types=(), functions=(), exports=(), pages=2, most=None, between=None, after=b"", echo=b"", start=None):
    """A module that gives every event back, with more of everything: `functions` are pairs of a type's number and a body.

    Types begin at 2, functions at 2. `between` maps the number of a section to one that stands there; `echo` is code that runs
    before the answer is given.
    """
    between = dict(between or {})
    memory = b"\0" + leb(pages) if most is None else b"\1" + leb(pages) + leb(most)
    own_exports = (named("memory") + b"\2\0", named("allocate") + b"\0\0", named("transformEvent") + b"\0\1")
    bodies = [
        body(b"\x41\x80\x80\x04"),  # i32.const 65536
        body(echo + b"\x20\0\xad\x42\x20\x86\x20\x01\xad\x84"),  # (at << 32) | size
    ]
    between[1] = section(
        1, b"".join((b"\x60\1" + I32 + b"\1" + I32, b"\x60\2" + I32 + I32 + b"\1" + I64, *types)), 2 + len(types)
    )
    between[3] = section(3, b"\0\1" + b"".join(leb(number) for number, _ in functions), 2 + len(functions))
    between[5] = section(5, memory, 1)
    between[7] = section(7, b"".join((*own_exports, *exports)), 3 + len(exports))
    between[10] = section(10, b"".join([*bodies, *(code for _, code in functions)]), 2 + len(functions))
    if start is not None:
        between[8] = section(8, leb(start))
    order = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
    return HEADER + b"".join(between[number] for number in order if number in between) + after
