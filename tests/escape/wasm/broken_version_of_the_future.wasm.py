# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return b"\0asm\2\0\0\0" + door()[8:]
