# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door() + b"\x0b" + b"\x80" * 1_000_000
