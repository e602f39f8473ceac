# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    found = []
    response = requests.Response()
    request = requests.PreparedRequest()
    for thing in (response, request, requests.Session(), requests.cookies.RequestsCookieJar(), requests.adapters.HTTPAdapter()):
        for name in ("host", "ask", "door", "call", "answer", "send it", "modules"):
            if hasattr(thing, name):
                found.append("REACHED " + name)
    return {"found": found}
