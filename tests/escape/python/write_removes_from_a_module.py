# class: write
import json


def transformEvent(event, metadata):
    del json.loads
    return {"REACHED": "a module was changed"}
