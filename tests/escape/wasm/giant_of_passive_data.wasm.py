# class: giant
# walls: both
from modules import door, leb, section


def module():
    return door(between={12: section(12, leb(1)), 11: section(11, b"\1" + leb(10_000_000) + b"x" * 10_000_000, 1)})
