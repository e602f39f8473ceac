# class: guard
def f(__import__, /):
    import os
    return os


def transformEvent(event, metadata):
    return {"REACHED": str(f(lambda *args: 1))}
