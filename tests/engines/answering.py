"""A host that answers the calls of Python code as a test says: no worker, no network."""

from transformer.engines.base import Host
from transformer.limits import Limits
from transformer.wire.calls import CallError


class Answers(Host):
    """Answers calls by `answer(kind, arguments)`, and keeps what was asked."""

    def __init__(self, answer, tables=None):
        super().__init__(limits=lambda: Limits(call_seconds=30.0))
        self.answer = answer
        self.tables = tables or {}
        self.asked = []

    def ask(self, kind, arguments):
        self.asked.append((kind, arguments))
        answered = self.answer(kind, arguments)
        if isinstance(answered, BaseException):
            raise answered
        return answered

    def table(self, name):
        if name not in self.tables:
            raise CallError("missing", f"there is no table {name!r}")
        return self.tables[name]


def http(status=200, body=b"{}", headers=(("Content-Type", "application/json"),), **more):
    return {
        "status": status,
        "reason": "Fine",
        "url": "https://a.example/x",
        "headers": [list(h) for h in headers],
        "body": body,
        **more,
    }


def headers_of(asked):
    """The headers of a fetch, by their names in lower case."""
    return {name.lower(): value for name, value in asked["headers"]}
