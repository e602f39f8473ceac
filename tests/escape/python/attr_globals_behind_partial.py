# class: attr
import functools
import json


def transformEvent(event, metadata):
    return {"REACHED": str(functools.partial(json.dumps).func.__globals__)}
