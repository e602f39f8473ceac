# class: broken
# walls: language both
# must: refused
from modules import door, leb, section


def module():
    return door(between={6: section(6, leb(0xFFFFFFFF))})
