# class: format
import string


def f():
    pass


def transformEvent(event, metadata):
    return {"REACHED": string.Formatter().format("{0.__globals__}", f)}
