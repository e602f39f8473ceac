# class: broken
# walls: language both
# must: refused
from modules import section


def module():
    return b"\0asm\x0d\0\1\0" + section(6, b"\0\1\0\1x" * 1_000_000, 1_000_000)
