# class: broken
# walls: language both
# must: refused
import random


def module():
    return b"\0asm\1\0\0\0" + random.Random(7).randbytes(100_000)
