"""Events by the names and types that Dynamic Yield knows."""

from transformer.mappers.ads import hashed
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field

KINDS = {
    "product added": ("Add to Cart", "add-to-cart-v1", "cart"),
    "product removed": ("Remove from Cart", "remove-from-cart-v1", "cart"),
    "order completed": ("Purchase", "purchase-v1", "purchase"),
    "product added to wishlist": ("Add to Wishlist", "add-to-wishlist-v1", "wish"),
    "products searched": ("Keyword Search", "keyword-search-v1", "search"),
    "coupon entered": ("Promo Code Entered", "enter-promo-code-v1", "code"),
}


def identify(event, call):
    """Who somebody is: by the hash of their email address, or else by their id."""
    email = field(event, "email")
    if email is not None:
        known = {"hashedEmail": hashed(email) if call.settings.get("hashEmail") else email}
    elif event.get("userId"):
        known = {"cuid": event["userId"], "cuidType": "userId"}
    else:
        raise InstrumentationError("Somebody is identified by an email address or a userId")
    return _event("Identify User", {"dyType": "identify-v1"} | known, event, call)


def track(event, call):
    """What somebody did, as Dynamic Yield calls it."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    theirs, kind, mapping = KINDS.get(name.strip().lower(), (name, None, "any"))
    properties = call.map(mapping, event)
    return _event(theirs, {"dyType": kind} | properties if kind else properties, event, call)


def _event(name, properties, event, call):
    body = call.map("always", event) | {"events": [{"name": name, "properties": properties}]}
    return call.request("event", event, body)
