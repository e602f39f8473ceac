# class: giant
# walls: both
from modules import door, named, section


def module():
    return door(after=section(0, named("x") + bytes(1000)) * 5_000)
