"""A conversion as one line of the file that Metrica takes: who, when, which goal, and what it was worth."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.timestamps import unix_seconds
from transformer.mappers.values import absent, text

_STEP = "prepareData"
# The columns that tell a visitor, by what rows of reverse ETL call them.
_COLUMNS = {"yclid": "Yclid", "clientid": "ClientId", "userid": "UserId", "purchaseid": "PurchaseId"}


def conversion(event, call):
    """A row of reverse ETL as a conversion."""
    known = at(event, "context.externalId.0")
    known = known if isinstance(known, dict) else {}
    kind = known.get("identifierType")
    column = _COLUMNS.get(kind.strip().lower()) if isinstance(kind, str) else None
    if column is None:
        raise InstrumentationError("The row's identifier must be a YCLID, a ClientId, a UserId or a PurchaseId", step=_STEP)
    if absent(known.get("id")):
        raise InstrumentationError("The row's identifier is empty", step=_STEP)
    traits = field(event, "traits")
    if not isinstance(traits, dict):
        raise InstrumentationError("The row has no columns", step=_STEP)
    time = unix_seconds(traits.get("DateTime"))
    if time is None:
        raise InstrumentationError("Invalid timestamp. Aborting!", step=_STEP)
    if absent(traits.get("Target")):
        raise InstrumentationError("The row names no goal as its Target", step=_STEP)
    return request("", without(traits, ("DateTime",)) | {"DateTime": text(time), column: text(known["id"])})
