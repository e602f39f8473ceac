# class: giant
# walls: both
from modules import door, leb, section


def module():
    data = b"\0\x41\0\x0b" + leb(10_000_000) + bytes(10_000_000)
    return door(pages=200, between={11: section(11, data, 1)})
