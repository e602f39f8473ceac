# class: attr
import json


def transformEvent(event, metadata):
    try:
        json.no_such_name
    except AttributeError as wrong:
        return {"REACHED": str(wrong.obj)}
    except Exception as wrong:
        return {"name": str(wrong)}
