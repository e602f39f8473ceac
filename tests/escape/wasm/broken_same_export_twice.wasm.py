# class: broken
# walls: language both
# must: refused
from modules import door, named


def module():
    return door(exports=[named("memory") + b"\2\0"])
