# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door(exports=[b"\2\xff\xfe\0\0"])
