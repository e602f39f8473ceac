# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door() + b"\x0b\xff\xff\xff\xff\x0f"
