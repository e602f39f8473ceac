# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    requests.Response.json = lambda self: "BREACHED"
    return {"REACHED": "a class of other programs was changed"}
