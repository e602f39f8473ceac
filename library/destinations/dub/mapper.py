"""Events as leads or sales, with what else is known of them as metadata."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import without
from transformer.mappers.values import absent, rounded, text

_KINDS = {"LEAD_CONVERSION": "lead", "SALES_CONVERSION": "sale"}
_OF_LEADS = ("eventQuantity", "email", "name", "firstName", "lastName", "avatar")
_OF_SALES = (
    *("total", "amount", "currency", "paymentProcessor", "invoiceId", "orderId", "order_id", "leadEventName"),
    *("email", "name", "firstName", "lastName", "avatar"),
)


def track(event, call):
    """A lead or a sale, or both, as the settings say."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError('Missing required value from "event"')
    kinds = [_KINDS[to] for to in mapped_names(call.settings.get("eventMapping"), name) if to in _KINDS]
    if not kinds:
        raise ConfigurationError.quoting('Event "{}" is not mapped to any DUB event type. Aborting message.', name)
    made = [call.request(kind, event) for kind in kinds]
    for kind, one in zip(kinds, made, strict=True):
        if kind == "sale" and call.settings.get("convertAmountToCents"):
            body = one["body"]["JSON"]
            body["amount"] = rounded(body["amount"] * 100)
    return made


def name(event, call):
    """The customer's name, as a whole or from its parts."""
    found = field(event, "name")
    if not absent(found):
        return found
    parts = (field(event, "first_name"), field(event, "last_name"))
    return " ".join(text(part) for part in parts if not absent(part)) or None


def lead_details(event, call):
    """Properties that are no fields of a lead."""
    return without(properties_of(event), _OF_LEADS) or None


def sale_details(event, call):
    """Properties that are no fields of a sale."""
    return without(properties_of(event), _OF_SALES) or None
