# class: giant
# walls: both
from modules import door


def module():
    return door(types=[b"\x60\1\x7f\0", b"\x60\2\x7f\x7e\0"] * 400_000)
