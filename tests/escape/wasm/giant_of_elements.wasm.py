# class: giant
# walls: both
from modules import door, leb, section


def module():
    return door(between={4: section(4, b"\x70\0" + leb(900_000), 1), 9: section(9, b"\0\x41\0\x0b" + leb(900_000) + b"\0" * 900_000, 1)})
