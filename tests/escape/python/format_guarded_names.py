# class: format
import json


def transformEvent(event, metadata):
    try:
        json.nothing
    except Exception as wrong:
        return {"REACHED": "{0.obj}".format(wrong)}
