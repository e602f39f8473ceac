# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    return {"REACHED": "{0.send.__closure__}".format(requests.Session())}
