# class: import
import functools


@functools.singledispatch
def f(x):
    return x


@f.register
def g(x: "().__class__.__base__"):
    return x


def transformEvent(event, metadata):
    return {"REACHED": str(f(1))}
