# class: attr
import re


def transformEvent(event, metadata):
    try:
        re.no_such_name
    except Exception as wrong:
        match wrong:
            case AttributeError(obj=thing):
                return {"REACHED": str(thing)}
