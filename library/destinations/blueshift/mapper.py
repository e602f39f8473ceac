"""Customers with their traits, and events by the names that Blueshift knows, with their properties."""

import re

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.values import base64

_HOSTS = {"eu": "https://api.eu.getblueshift.com"}
_HOST = "https://api.getblueshift.com"
_NAMES = {
    "product viewed": "view",
    "product added": "add_to_cart",
    "product removed": "remove_from_cart",
    "product added to wishlist": "add_to_wishlist",
    "products searched": "search",
    "checkout started": "checkout",
    "order completed": "purchase",
    "order cancelled": "cancel",
    "order refunded": "return",
}
_REFUSED = re.compile(r"[.0-9]")
_LONGEST = 64
_SPACE = re.compile(r"\s+")
# Traits that are fields of a customer; all others go along by their own names.
_FIELDS = frozenset(
    {
        *("email", "phone", "gender", "createdAt"),
        *NAME_TRAITS,
    }
)


def identify(event, call):
    """A customer with all traits."""
    return _sent("customers", _with(call.map("customer", event), field(event, "traits"), _FIELDS), "usersApiKey", call)


def track(event, call):
    """An event with its properties."""
    made = {"event": _name(event.get("event"))} | call.map("event", event)
    return _sent("event", _with(made, properties_of(event), frozenset({"email"})), "eventApiKey", call)


def group(event, call):
    """A customer's group, with what is known of it."""
    made = call.map("group", event)
    return _sent("event", _with(made, event.get("traits"), frozenset({"email"})), "eventApiKey", call)


def _name(name):
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError('Missing required value from "event"')
    name = name.strip()
    if name.lower() in _NAMES:
        return _NAMES[name.lower()]
    if _REFUSED.search(name) or len(name) > _LONGEST:
        raise InstrumentationError(
            "[Blueshift] Event shouldn't contain period(.), numeric value and contains not more than 64 characters"
        )
    return _SPACE.sub("_", name)


def _with(made, others, known):
    """What was mapped, and beside it what has no field of its own."""
    if isinstance(others, dict):
        for key, one in others.items():
            if key not in known and one is not None and one != "":
                made.setdefault(key, one)
    return made


def _sent(path, body, key, call):
    host = _HOSTS.get(str(call.settings.get("dataCenter")).lower(), _HOST)
    headers = {"Authorization": f"Basic {base64(call.settings[key])}", "Content-Type": "application/json"}
    return request(f"{host}/api/v1/{path}", body, headers=headers)
