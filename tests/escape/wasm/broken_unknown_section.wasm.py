# class: broken
# walls: language both
# must: refused
from modules import door, section


def module():
    return door() + section(99, b"x")
