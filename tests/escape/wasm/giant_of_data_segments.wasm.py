# class: giant
# walls: both
from modules import door, section


def module():
    return door(between={11: section(11, b"\0\x41\0\x0b\1x" * 99_000, 99_000)})
