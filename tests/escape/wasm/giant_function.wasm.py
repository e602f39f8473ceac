# class: giant
# walls: both
# Four megabytes in one function.
from modules import body, door


def module():
    return door(functions=[(2, body(b"\x20\0\x41\x07\x6c\x20\1\x6a\x21\0" * 400_000, b"\1\2\x7f"))], types=[b"\x60\0\0"])
