"""People who come to a segment, and people who leave it."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError

_ACTIONS = frozenset({"add", "remove"})


def audience(event, call):
    """The segment's new members, and those who are none any more."""
    lists = properties_of(event).get("listData")
    if not isinstance(lists, dict):
        raise InstrumentationError("`listData` is not present inside properties. Aborting message.", step="validateInput")
    if not lists:
        raise InstrumentationError("`listData` is empty. Aborting message.", step="validateInput")
    if not _ACTIONS & lists.keys():
        raise InstrumentationError("Unsupported action type. Aborting message.", step="validateInput")
    made = call.map("members", event)
    made["listData"] = {"add": [], "remove": []} | made.get("listData", {})
    return call.request("members", event, made)
