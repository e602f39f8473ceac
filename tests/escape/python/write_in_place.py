# class: write
import math


def transformEvent(event, metadata):
    math.pi += 1
    return {"REACHED": math.pi}
