# class: broken
# walls: language both
# must: refused
import gzip

from modules import door


def module():
    return gzip.compress(door())
