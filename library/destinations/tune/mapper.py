"""Conversions as the parameters of a URL."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import first
from transformer.mappers.values import items

MAPPINGS = ("standardMapping", "advSubIdMapping", "advUniqueIdMapping")


def track(event, call):
    """A conversion for each rule of the settings that names the event."""
    name = event.get("event")
    rules = [one for one in items(call.settings.get("tuneEvents") or []) if name and one.get("eventName") == name]
    if not rules:
        raise InstrumentationError("No matching tune event found for the provided event.")
    return [call.request("conversion", event) | {"params": _params(rule, event)} for rule in rules]


def _params(rule, event):
    made = {}
    for one in (one for mapping in MAPPINGS for one in items(rule.get(mapping) or [])):
        source, target = one.get("from"), one.get("to")
        if isinstance(source, str) and source and isinstance(target, str) and target:
            value = first(event, ("properties", *source.split(".")), source)
            if value is not None and not isinstance(value, (dict, list)):
                made[target] = value
    return made
