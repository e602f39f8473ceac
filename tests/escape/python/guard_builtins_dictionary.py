# class: guard
__builtins__ = {}


def transformEvent(event, metadata):
    return {"REACHED": "builtins"}
