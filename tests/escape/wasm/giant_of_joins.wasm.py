# class: giant
# walls: process both
from modules import body, door, leb


def module():
    # every local may be another one after every block: what a compiler writes down for that grows by the product
    steps = b"".join(b"\x20\0\x04\x40\x20" + leb(n % 2_000) + b"\x21" + leb((n * 7 + 1) % 2_000) + b"\x0b" for n in range(20_000))
    return door(functions=[(2, body(b"\x03\x40" * 50 + steps + b"\x0c\0\x0b" * 50, b"\1" + leb(2_000) + b"\x7f"))], types=[b"\x60\0\0"])
