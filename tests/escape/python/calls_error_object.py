# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    try:
        requests.Session().nothing
    except AttributeError as wrong:
        return {"REACHED": str(wrong.obj.send)}
