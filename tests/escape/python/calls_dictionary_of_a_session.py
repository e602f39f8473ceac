# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    return {"REACHED": str(requests.Session().__dict__)}
