"""Events of Split: what happened, to whom, and flat properties."""

import re

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.values import flatten, text

OWN = ("eventTypeId", "trafficTypeName", "key", "timestamp", "value", "environmentName")
NAME = re.compile(r"[\dA-Za-z][\w.-]{0,79}", re.ASCII)


def identify(event, call):
    """Who somebody is."""
    return _event("identify", "person", field(event, "traits"), event, call)


def group(event, call):
    """Which group somebody belongs to."""
    return _event("group", "person", field(event, "traits"), event, call)


def track(event, call):
    """What somebody did."""
    return _event(event.get("event"), "told", event.get("properties"), event, call)


def page(event, call):
    """Which page somebody looked at."""
    return _event(_viewed("page", event), "told", event.get("properties"), event, call)


def screen(event, call):
    """Which screen somebody looked at."""
    return _event(_viewed("screen", event), "told", event.get("properties"), event, call)


def _viewed(what, event):
    name = event.get("name") or at(event, "properties.name")
    return f"Viewed_{text(name)}_{what}" if name else f"Viewed_{what}"


def _event(name, mapping, properties, event, call):
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    name = "_".join(name.split())
    if not NAME.fullmatch(name):
        raise InstrumentationError("eventTypeId does not match with ideal format /^[\\dA-Za-z][\\w.-]{0,79}$/")
    given = without(properties, OWN) if isinstance(properties, dict) else {}
    flat = {key: value for key, value in flatten(given, brackets=True).items() if value is not None and value not in ([], {})}
    made = {"eventTypeId": name} | call.map("always", event) | call.map(mapping, event)
    return call.request("event", event, made | {"properties": flat})
