# class: calls
# walls: language both
# The one method that knows the way, called on whatever comes to mind.
import requests


class Lure:
    adapters = {}
    cookies = {}
    max_redirects = 1

    def get_adapter(self, url):
        return self


def transformEvent(event, metadata):
    request = requests.PreparedRequest("GET", "https://a.example/")
    said = []
    for lure in (Lure(), Lure, None, {}, requests, request):
        try:
            said.append(str(requests.Session.send(lure, request)))
        except Exception as wrong:
            said.append(str(wrong))
    return {"said": said}
