# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    return {"REACHED": str(type(requests.Session()).__mro__)}
