# class: broken
# walls: language both
# must: refused
from modules import door, section


def module():
    return door(after=section(10, b"", 0))
