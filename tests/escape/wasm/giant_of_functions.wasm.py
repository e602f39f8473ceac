# class: giant
# walls: both
from modules import body, door


def module():
    return door(functions=[(2, body(b""))] * 100_000, types=[b"\x60\0\0"])
