# class: info
import json


def f():
    pass


def transformEvent(event, metadata):
    return {"a": list(map(str, [f])), "b": json.dumps([f], default=str), "c": sorted([f], key=str) and 1}
