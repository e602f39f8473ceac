# class: format
import collections


def f():
    pass


def transformEvent(event, metadata):
    return {"REACHED": collections.UserString("{0.__globals__}").format(f)}
