# class: import
from . import engine


def transformEvent(event, metadata):
    return {"REACHED": str(engine)}
