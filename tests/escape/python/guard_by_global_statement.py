# class: guard
def f():
    global __builtins__
    __builtins__ = None


f()


def transformEvent(event, metadata):
    return {"REACHED": "builtins"}
