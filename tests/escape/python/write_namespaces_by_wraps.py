# class: write
import functools
import json


@functools.wraps(json.dumps, assigned=(), updated=("__globals__",))
def f():
    return codecs


def transformEvent(event, metadata):
    return {"REACHED": str(f())}
