# class: giant
# walls: both
from modules import door, section


def module():
    # the smallest piece at the far end: an image of all between is not to be made of it
    return door(pages=900, between={11: section(11, b"\0\x41" + b"\xf0\xff\xff\x1b" + b"\x0b\1x" + b"\0\x41\0\x0b\1x", 2)})
