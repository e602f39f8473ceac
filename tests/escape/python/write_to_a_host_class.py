# class: write
import json


def transformEvent(event, metadata):
    json.JSONEncoder.default = lambda self, value: "ESCAPED"
    return {"REACHED": "a host class was changed"}
