# class: frame
from abc import ABC
from collections import namedtuple
from collections.abc import Generator


class Door(namedtuple("Fields", ["gi_frame"]), ABC):
    pass


Door.register(Generator)


def numbers():
    yield 1


def transformEvent(event, metadata):
    match numbers():
        case Door(frame):
            return {"REACHED": str(frame)}
