# class: giant
# walls: process both
from modules import body, door


def module():
    return door(functions=[(2, body(b"\x02\x40" * 100_000 + b"\x0b" * 100_000))], types=[b"\x60\0\0"])
