"""Contacts, orders and custom events as records that are pushed together."""

from transformer.mappers.ads import properties_of
from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import first, without
from transformer.mappers.values import items, json_text, listed

_URL = "https://api.ometria.com/v2/push"
_MOST = 100
_OPTINS = frozenset({"EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"})
_OPTIN = "NOT_SPECIFIED"
_STATES = {
    "order completed": ("complete", True),
    "order complete": ("complete", True),
    "order placed": ("pending", True),
    "order shipped": ("shipped", True),
    "order pending": ("pending", True),
    "order refunded": ("refunded", True),
    "order cancelled": ("cancelled", False),
}
_OF_CONTACTS = (
    *("email", "listingId", "phone", "phoneNumber", "userId", "id", "name", "gender", "birthday", "dateOfBirth"),
    *("firstName", "firstname", "first_name", "middleName", "middlename", "middle_name", "lastName", "lastname", "last_name"),
    *("countryCode", "timezone", "subscribedAt", "marketinOptin", "marketingOptin", "channels"),
)
_OF_EVENTS = ("event_id", "timestamp", "email", "profile_id", "profileId")
_OF_ORDERS = (
    *("order_id", "orderId", "timestamp", "grand_total", "total", "revenue", "subtotal", "discount", "shipping", "tax"),
    *("currency", "web_id", "webId", "coupon_code", "coupon", "billing_address", "shipping_address", "products", "email"),
)


def identify(event, call):
    """A contact, with what messages are wanted."""
    made = call.map("contact", event) | {"@type": "contact"}
    known = traits(event)
    if others := without(known, _OF_CONTACTS):
        made["properties"] = others
    settings, options = call.settings, call.options(event)
    said = first({"options": options, "settings": settings}, "options.marketingOptin", "settings.marketingOptin")
    made["marketing_optin"] = said if isinstance(said, str) and said in _OPTINS else _OPTIN
    made["channels"] = {
        "sms": {
            f"allow_{kind}": bool(options.get(key, settings.get(key)))
            for kind, key in (("marketing", "allowMarketing"), ("transactional", "allowTransactional"))
        }
    }
    name = field(event, "name")
    if isinstance(name, str) and "firstname" not in made and "lastname" not in made:
        start, _, rest = name.strip().partition(" ")
        made |= {key: part for key, part in (("firstname", start), ("lastname", rest.strip())) if part}
    return _sent(made, call)


def track(event, call):
    """An order in a state, or a custom event."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError('Missing required value from "event"')
    properties, state = properties_of(event), _STATES.get(name.strip().lower())
    if state is None:
        made = call.map("custom_event", event) | {"@type": "custom_event", "event_type": name}
        if others := without(properties, _OF_EVENTS):
            made["properties"] = others
        return _sent(made, call)
    made = call.map("order", event) | {"@type": "order", "status": state[0], "is_valid": state[1]}
    if others := without(properties, _OF_ORDERS):
        made["properties"] = others
    lines = [call.map("line", one) for one in items(listed(properties.get("products") or []))]
    if lines:
        made["lineitems"] = lines
    return _sent(made, call)


def batches(jobs, call):
    """Records together, in order."""
    groups = []
    for start in range(0, len(jobs), _MOST):
        part = jobs[start : start + _MOST]
        texts = [job.requests[0]["body"]["JSON_ARRAY"]["batch"][1:-1] for job in part]
        made = part[0].requests[0]
        body = made["body"] | {"JSON_ARRAY": {"batch": f"[{','.join(texts)}]"}}
        groups.append(Group(made | {"body": body}, part))
    return groups


def _sent(made, call):
    body = {"batch": json_text([made])}
    return request(_URL, body, kind="JSON_ARRAY", headers={"X-Ometria-Auth": call.settings.get("apiKey")})
