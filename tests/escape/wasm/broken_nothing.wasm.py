# class: broken
# walls: language both
# must: refused


def module():
    return b""
