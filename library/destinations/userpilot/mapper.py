"""Userpilot: users, companies and events."""

from transformer.mappers.envelope import request
from transformer.mappers.fields import field
from transformer.mappers.values import text

_HOST = "https://analytex.userpilot.io"


def company(event, call):
    """The company of a user, where it is an object with an id."""
    known = field(event, "traits")
    found = known.get("company") if isinstance(known, dict) else None
    return found if isinstance(found, dict) and found.get("id") else None


def identify(event, call):
    """A user."""
    return _sent("identify", call.map("user", event), call)


def track(event, call):
    """What a user did."""
    return _sent("track", call.map("event", event), call)


def group(event, call):
    """A company."""
    return _sent("companies/identify", call.map("company", event), call)


def _sent(path, body, call):
    settings = call.settings
    headers = {
        "Authorization": f"Token {settings['apiKey']}",
        "Content-Type": "application/json",
        "X-API-Version": "2020-09-22",
    }
    host = text(settings.get("apiEndpoint") or _HOST).rstrip("/")
    return request(f"{host}/v1/{path}", body, headers=headers)
