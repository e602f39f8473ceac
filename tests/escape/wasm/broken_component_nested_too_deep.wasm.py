# class: broken
# walls: language both
# must: refused
from modules import section


def module():
    made = b"\0asm\x0d\0\1\0"
    for _ in range(3_000):
        made = b"\0asm\x0d\0\1\0" + section(4, made)
    return made
