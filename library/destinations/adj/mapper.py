"""Adjust: events by their tokens."""

from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at, without
from transformer.mappers.values import flatten, items, json_text, text

_TOLD_ELSEWHERE = frozenset({"revenue", "currency"})


def callback(properties):
    """The properties that Adjust calls back with, as JSON text of texts; nothing where there are none."""
    if not isinstance(properties, dict):
        return None
    told = {key: text(value) for key, value in flatten(without(properties, _TOLD_ELSEWHERE), brackets=True).items() if key}
    return json_text(told) if told else None


def track(event, call):
    """An event for which the settings have a token."""
    params = call.map("event", event)
    kind = at(event, "context.device.type")
    if is_android(kind):
        params |= call.map("android", event)
    elif is_apple(kind):
        params |= call.map("apple", event)
    else:
        raise InstrumentationError("Device type not valid")
    params["event_token"] = _token(event, call.settings)
    properties = event.get("properties")
    if isinstance(properties, dict):
        told = {}
        for rule in items(call.settings.get("partnerParamsKeys")):
            ours, theirs = rule.get("from"), rule.get("to")
            if isinstance(ours, str) and isinstance(theirs, str) and theirs and (found := at(properties, ours)) is not None:
                told[theirs] = text(found)
        if told:
            params["partner_params"] = told
    request = call.request("event", event)
    request["params"] = params
    return request


def _token(event, settings):
    name = event.get("event")
    for rule in items(settings.get("customMappings")):
        if rule.get("from") and rule["from"] == name and rule.get("to"):
            return rule["to"]
    raise ConfigurationError("No event token mapped for this event")
