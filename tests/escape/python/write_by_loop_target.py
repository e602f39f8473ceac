# class: write
import math


def transformEvent(event, metadata):
    for math.pi in (3,):
        pass
    return {"REACHED": math.pi}
