# class: giant
# walls: both
from modules import door, named


def module():
    return door(exports=[named(f"e{n}") + b"\0\0" for n in range(20_000)])
