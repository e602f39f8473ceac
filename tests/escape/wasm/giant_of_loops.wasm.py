# class: giant
# walls: process both
# Every loop is inside of all the loops before it.
from modules import body, door


def module():
    return door(functions=[(2, body(b"\x03\x40" * 20_000 + b"\x41\1\x0d\0\x0b" * 20_000))], types=[b"\x60\0\0"])
