# class: giant
# walls: both
from modules import door, section


def module():
    return door(between={6: section(6, b"\x7f\0" + b"\x41\1" + b"\x41\1\x6a" * 900_000 + b"\x0b", 1)})
