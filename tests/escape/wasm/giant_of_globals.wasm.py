# class: giant
# walls: both
from modules import door, section


def module():
    return door(between={6: section(6, b"\x7e\1\x42\0\x0b" * 300_000, 300_000)})
