# class: broken
# walls: language both
# must: refused
from modules import door


def module():
    whole = door()
    return whole[: len(whole) // 2]
