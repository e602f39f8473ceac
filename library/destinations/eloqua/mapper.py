"""Rows for bulk imports: of contacts, or of a custom object."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items, text

_STEP = "validateInput"
_PREFIX = "ELOQUA-"


def record(event, call):
    """A row, with the object that it is of and the field by which that is known."""
    given = event.get("traits") if event["type"].lower() == "identify" else event.get("properties")
    if not isinstance(given, dict) or not given:
        raise InstrumentationError("Message traits/properties not present. Aborting message.", step=_STEP)
    about = _about(event)
    data = {key: text(value) for key, value in given.items() if not absent(value)}
    data[about["identifierType"]] = text(about["id"])
    body = {
        "data": data,
        "identifierFieldName": about["identifierType"],
        "customObjectId": about["type"][len(_PREFIX) :],
        "type": event["type"].lower(),
    }
    return call.request("record", event, body)


def _about(event):
    for one in items(at(event, "context.externalId") or []):
        kind, key = one.get("type"), one.get("identifierType")
        if isinstance(kind, str) and kind.startswith(_PREFIX) and isinstance(key, str) and key and not absent(one.get("id")):
            return one
    raise InstrumentationError("context.externalId names no object of Eloqua with its id and identifierType", step=_STEP)
