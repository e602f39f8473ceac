# class: frame
from abc import ABC
from collections.abc import Generator
from dataclasses import dataclass


@dataclass
class Door(ABC):
    gi_frame: object = None


def numbers():
    yield 1


def transformEvent(event, metadata):
    match numbers():
        case Door(frame):
            return {"REACHED": str(frame)}
