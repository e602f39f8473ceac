"""Users and events of Heap, with flat properties."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import flatten

AT_HOME, IN_EUROPE = "https://heapanalytics.com/", "https://c.eu.heap-api.com/"


def identify(event, call):
    """A user with their properties."""
    return _request("identify", event, call)


def track(event, call):
    """What a user did."""
    return _request("track", event, call)


def _request(name, event, call):
    if not event.get("userId"):
        raise InstrumentationError("userId is required", step="validateuserId")
    made = call.request(name, event)
    if call.settings.get("dataResidency") == "eu":
        made["endpoint"] = made["endpoint"].replace(AT_HOME, IN_EUROPE)
    return made


def flat(given):
    """The leaves of an object under the names of their paths."""
    return {key: value for key, value in flatten(given, brackets=True).items() if value is not None}
