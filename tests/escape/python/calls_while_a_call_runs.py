# class: calls
# walls: language both
# Calls within calls: a hook, an authentication and a header that ask again, and deeper.
import requests

DEPTH = []


class Deep(requests.auth.AuthBase):
    def __call__(self, r):
        DEPTH.append(1)
        requests.get("https://a.example/", auth=self)
        return r


def transformEvent(event, metadata):
    try:
        requests.get("https://a.example/", auth=Deep())
    except RecursionError:
        return {"said": "too deep"}
    return {"said": len(DEPTH)}
