# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door(echo=b"\x0c\x7f")
