# class: calls
# walls: language both
# Texts that say one thing when they are looked at and another when they are sent.
import requests


class Url(str):
    def __str__(self):
        return "file:///etc/passwd"

    def lstrip(self, *args):
        return "file:///etc/passwd"

    def partition(self, sep):
        return ("https", ":", "//a.example/")


class Key(str):
    def __str__(self):
        return "REACHED"


def transformEvent(event, metadata):
    said = []
    for call in (
        lambda: requests.get(Url("https://a.example/")),
        lambda: fetch(Url("https://a.example/")),
        lambda: getCredential(Key("KEY")),
        lambda: kv.get(Key("KEY")),
        lambda: geolocation(Key("1.2.3.4")),
    ):
        try:
            said.append(str(call()))
        except Exception as wrong:
            said.append(str(wrong))
    return {"said": said}
