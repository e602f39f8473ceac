"""Lytics: flat objects."""

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import first
from transformer.mappers.values import absent, flatten, url_encode

_NAMES = {"firstName": "first_name", "firstname": "first_name", "lastName": "last_name", "lastname": "last_name"}


def identify(event, call):
    """What is known of a user."""
    known = field(event, "traits")
    told = flatten(known, brackets=True) if isinstance(known, dict) else {}
    return _collected({_NAMES.get(key, key): value for key, value in told.items()}, event, call)


def track(event, call):
    """What a user did."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Lytics needs a name")
    return _collected({"_e": name, **flatten(properties_of(event), brackets=True)}, event, call)


def page(event, call):
    """What a user saw."""
    name = first(event, "name", "event")
    return _collected(
        {**({} if name is None else {"event": name}), **flatten(properties_of(event), brackets=True)}, event, call
    )


def _collected(body, event, call):
    settings = call.settings
    stream, key = url_encode(settings.get("stream") or "default"), url_encode(settings["apiKey"])
    return request(
        f"https://api.lytics.io/collect/json/{stream}?access_token={key}",
        body | call.map("ids", event),
        headers={"Content-Type": "application/json"},
    )
