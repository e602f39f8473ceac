# class: info
import uuid


def transformEvent(event, metadata):
    return {"REACHED": uuid.getnode()}
