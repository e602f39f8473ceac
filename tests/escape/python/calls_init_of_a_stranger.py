# class: calls
# walls: language both
import json
import requests


def transformEvent(event, metadata):
    requests.Session.__init__(json.JSONEncoder)
    return {"REACHED": "a class of the host got the attributes of a session"}
