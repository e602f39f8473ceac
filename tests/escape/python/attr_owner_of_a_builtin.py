# class: attr
import random


def transformEvent(event, metadata):
    return {"REACHED": str(random.random.__self__)}
