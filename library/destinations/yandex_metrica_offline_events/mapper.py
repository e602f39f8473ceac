"""Rows of conversions."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.timestamps import unix_seconds
from transformer.mappers.values import items, text

COLUMNS = {"clientid": "ClientId", "yclid": "Yclid", "userid": "UserId"}
STEP = "prepareData"


def row(event, call):
    """The columns of one conversion, and by what the visitor is known."""
    made = call.map("row", event)
    if "DateTime" not in made:
        raise InstrumentationError("Invalid timestamp. Aborting!", step=STEP)
    for one in items(at(event, "context.externalId") or []):
        column = COLUMNS.get(text(one.get("identifierType")).lower())
        if column and one.get("id"):
            return call.request("row", event, made | {column: text(one["id"])})
    raise InstrumentationError("The external id names no visitor by ClientId, YCLID or UserId", step=STEP)


def seconds(value):
    """A time as the text of its seconds."""
    known = unix_seconds(value)
    return None if known is None else str(known)
