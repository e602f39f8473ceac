# class: calls
# walls: language both
import requests


def transformEvent(event, metadata):
    session = requests.Session()
    session.headers["A"] = session.headers
    session.params["B"] = session.params
    session.hooks = {"response": session.hooks}
    response = requests.Response()
    response.history.append(response)
    return {"said": str(session.headers)[:10], "links": str(response.links), "sent": str(session.get("https://a.example/"))}
