# class: import
import uuid


def transformEvent(event, metadata):
    return {"REACHED": str(uuid.os.environ)}
