# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    return door() + b"\xff"
