# class: write
import copy
import math


def transformEvent(event, metadata):
    other = copy.deepcopy(math)
    other.pi = 3
    return {"REACHED": math.pi}
