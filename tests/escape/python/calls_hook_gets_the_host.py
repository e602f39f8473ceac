# class: calls
# walls: language both
# What our code calls of the program's own: each time with values of the program's, and nothing else.
import requests

SEEN = []


class Liar:
    def __call__(self, *args, **named):
        SEEN.append([str(args), str(named)])
        return args[0] if args else None

    def __iter__(self):
        return iter([("a", "b")])

    def __getitem__(self, key):
        SEEN.append([str(key)])
        return self

    def __eq__(self, other):
        SEEN.append([str(other)])
        return True

    def __hash__(self):
        return 1

    def __str__(self):
        return "https://a.example/"

    def keys(self):
        return ["a"]

    def items(self):
        return [("a", self)]


def transformEvent(event, metadata):
    liar = Liar()
    for call in (
        lambda: requests.get(liar, params=liar, headers=liar, cookies=liar, auth=liar, hooks={"response": [liar]}, timeout=liar),
        lambda: requests.post("https://a.example/", data=liar, files=liar),
        lambda: requests.post("https://a.example/", json=liar, auth=liar),
        lambda: fetch("https://a.example/", headers=liar, cache=liar),
        lambda: kv.set(liar, liar),
        lambda: kv.get_many(liar),
        lambda: lookup(liar, liar),
        lambda: getCredential(liar),
        lambda: geolocation(liar),
    ):
        try:
            call()
        except Exception as wrong:
            SEEN.append(str(wrong))
    return {"seen": str(SEEN)}
