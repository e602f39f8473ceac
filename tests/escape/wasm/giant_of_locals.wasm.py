# class: giant
# walls: process both
from modules import body, door, leb


def module():
    return door(functions=[(2, body(b"", b"\1" + leb(50_000) + b"\x7e"))] * 200, types=[b"\x60\0\0"])
