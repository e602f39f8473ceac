"""Custom events with flat attributes."""

import re

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import flatten

IN_AMERICA, IN_EUROPE = "https://insights-collector.newrelic.com/", "https://insights-collector.eu01.nr-data.net/"
TYPE = re.compile(r"[\w: -]{1,255}", re.ASCII)


def track(event, call):
    """One custom event."""
    made = call.map("event", event)
    if not TYPE.fullmatch(made["eventType"]):
        raise ConfigurationError("The custom event type has signs that New Relic does not take, or more than 255")
    context = _flat(event.get("context")) if call.settings.get("sendDeviceContext") else {}
    found = call.request("event", event, context | _flat(event.get("properties")) | made)
    if call.settings.get("dataCenter") == "eu":
        found["endpoint"] = found["endpoint"].replace(IN_AMERICA, IN_EUROPE)
    return found


def _flat(given):
    flat = flatten(given, brackets=True)
    return {key: value for key, value in flat.items() if value is not None and value not in ([], {})}
