# class: format
from enum import StrEnum


def f():
    pass


class Text(StrEnum):
    WALK = "{0.__globals__}"


def transformEvent(event, metadata):
    return {"REACHED": Text.WALK.format(f)}
