# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door(between={6: b""}).replace(b"\x0a", b"\0", 1)
