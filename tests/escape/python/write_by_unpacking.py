# class: write
import math


def transformEvent(event, metadata):
    a, (b, *math.pi) = 1, (2, 3, 4)
    return {"REACHED": math.pi}
