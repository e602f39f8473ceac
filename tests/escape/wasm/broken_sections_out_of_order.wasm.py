# class: broken
# walls: language both
# must: refused
from modules import door, section


def module():
    return door(between={13: section(10, b"", 0)})
