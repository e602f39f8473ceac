# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return b"\0asm\x0d\0\2\0" + door()[8:]
