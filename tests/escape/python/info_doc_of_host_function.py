# class: info
import json


def transformEvent(event, metadata):
    return {"REACHED": json.dumps.__doc__ + json.dumps.__code__.co_filename}
