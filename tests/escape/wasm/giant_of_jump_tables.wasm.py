# class: giant
# walls: process both
# Two million places to jump to.
from modules import body, door, leb


def module():
    table = b"\x20\0\x0e" + leb(60_000) + b"".join(leb(n % 100) for n in range(60_000)) + b"\0"
    code = b"\x02\x40" * 100 + b"".join(b"\x02\x40" + table + b"\x0b" for _ in range(30)) + b"\x0b" * 100
    return door(functions=[(2, body(code, b"\1\1\x7f"))], types=[b"\x60\0\0"])
