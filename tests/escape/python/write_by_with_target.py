# class: write
import math


class Three:
    def __enter__(self):
        return 3

    def __exit__(self, *what):
        return False


def transformEvent(event, metadata):
    with Three() as math.pi:
        return {"REACHED": math.pi}
