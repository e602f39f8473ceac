"""Conversions by Reddit's names, of people told by hashes."""

from transformer.mappers.ads import access_token, hashed, lowered, mapped_names, properties_of, trimmed
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at, first
from transformer.mappers.values import items, number, rounded

__all__ = ["lowered", "products", "screen", "track", "trimmed"]

NAMES = {
    "product list viewed": "ViewContent",
    "product viewed": "ViewContent",
    "product added": "AddToCart",
    "product added to wishlist": "AddToWishlist",
    "order completed": "Purchase",
    "products searched": "Search",
    "lead": "Lead",
    "signup": "SignUp",
    "signed up": "SignUp",
    "user signup": "SignUp",
}
STANDARD = frozenset({"PageVisit", "ViewContent", "Search", "AddToCart", "AddToWishlist", "Purchase", "Lead", "SignUp"})
WITHOUT_MONEY = frozenset({"PageVisit", "ViewContent", "Search"})
IN_CLEAR = frozenset({"uuid"})


def track(event, call):
    """One request with an event for each name that it has at Reddit."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("Event name is required", step="prepareTrackPayload")
    base = call.map("event", event)
    base["user"] = user(event, call)
    events = []
    for kind in mapped_names(call.settings.get("eventsMapping"), name) or [NAMES.get(lowered(name), name)]:
        standard = kind in STANDARD
        told = {"tracking_type": kind} if standard else {"tracking_type": "Custom", "custom_event_name": kind}
        one = base | {"event_type": told}
        if metadata := call.map("metadata", event) | ({} if kind in WITHOUT_MONEY else money(event, kind)):
            one["event_metadata"] = metadata
        events.append(one)
    made = call.request("conversions", event, {"events": events})
    message = "Secret or accessToken is not present in the metadata"
    token = access_token(call.metadata, message, step="buildResponseForProcessTransformation")
    made["headers"] = made["headers"] | {"Authorization": f"Bearer {token}"}
    return made


def user(event, call):
    """What is known of the user, hashed unless it is already."""
    person = call.map("person", event)
    if call.settings.get("hashData"):
        person = {key: value if key in IN_CLEAR else hashed(value, trimmed) for key, value in person.items()}
    return person | call.map("sign", event)


def screen(event, call):
    """How large the screen is."""
    size = {key: number(at(event, f"context.screen.{key}")) for key in ("width", "height")}
    return {key: value for key, value in size.items() if value is not None}


def products(event, call):
    """The products of an event, or the one that it is about."""
    given = at(event, "properties.products")
    properties = properties_of(event)
    found = items(given) if isinstance(given, list) else [properties] if first(properties, "product_id", "sku") else []
    return [call.map("product", one) for one in found] or None


def money(event, kind):
    """How many things were bought, and what for."""
    properties = properties_of(event)
    given = properties.get("products")
    several = items(given) if isinstance(given, list) else None
    counted = [one for one in several or [properties] if number(one.get("quantity"))]
    made = {}
    if several is not None:
        made["item_count"] = len(counted)
    elif (count := number(first(properties, "item_count", "itemCount", "quantity"))) is not None:
        made["item_count"] = count
    if properties.get("currency"):
        made["currency"] = properties["currency"]
    amount = number(first(properties, "revenue", "value")) if kind == "Purchase" or several is None else None
    if amount is None:
        amounts = [number(one["price"]) * number(one["quantity"]) for one in counted if number(one.get("price"))]
        amount = sum(amounts) if amounts else None if several is not None else number(properties.get("price"))
    if amount is not None:
        cents = rounded(amount * 100)
        made |= {"value": cents, "value_decimal": cents // 100 if cents % 100 == 0 else cents / 100}
    return made
