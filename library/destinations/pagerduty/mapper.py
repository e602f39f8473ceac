"""Alerts that begin, are taken or are over, and changes."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.timestamps import unix_milliseconds
from transformer.mappers.values import absent, items, text

_ACTIONS = frozenset({"trigger", "acknowledge", "resolve"})
_OLDEST = 90 * 24 * 3_600_000


def track(event, call):
    """One change event, or one word about an alert."""
    _check_time(event, call)
    if call.options(event).get("type") == "changeEvent":
        return call.request("change", event)
    action = text(at(event, "properties.action") or "trigger").strip().lower()
    if action not in _ACTIONS:
        raise InstrumentationError("properties.action must be trigger, acknowledge or resolve")
    known = _key(event, call.settings)
    if action == "trigger":
        body = call.map("trigger", event)
    elif known is None:
        raise InstrumentationError("An alert that is acknowledged or resolved is known by its key, and the event has none")
    else:
        body = {"routing_key": call.settings["routingKey"]}
    body["event_action"] = action
    if known is not None:
        body["dedup_key"] = known
    return call.request("alert", event, body)


def with_source(value):
    """The images that say where they are."""
    return [one for one in items(value) if not absent(one.get("src"))] or None


def with_target(value):
    """The links that lead somewhere."""
    return [one for one in items(value) if not absent(one.get("href"))] or None


def _key(event, settings):
    path = settings.get("dedupKeyFieldIdentifier")
    found = at(event, path) if path else None
    found = event.get("messageId") if absent(found) and not path else found
    return None if absent(found) else text(found)


def _check_time(event, call):
    when = unix_milliseconds(event.get("timestamp") or event.get("originalTimestamp"))
    if when is not None and call.seconds() * 1000 - when > _OLDEST:
        raise InstrumentationError("Events must be sent within ninety days of their occurrence")
