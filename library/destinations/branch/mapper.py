"""Branch: standard events with their items, and all others."""

from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.values import EMPTY, absent, items, text

_STANDARD = frozenset(
    (
        *("ADD_TO_CART", "ADD_TO_WISHLIST", "VIEW_CART", "INITIATE_PURCHASE", "ADD_PAYMENT_INFO", "CLICK_AD", "PURCHASE"),
        *("RESERVE", "SPEND_CREDITS", "VIEW_AD", "SEARCH", "VIEW_ITEM", "VIEW_ITEMS", "RATE", "SHARE", "INITIATE_STREAM"),
        *("COMPLETE_STREAM", "COMPLETE_REGISTRATION", "COMPLETE_TUTORIAL", "ACHIEVE_LEVEL", "UNLOCK_ACHIEVEMENT", "INVITE"),
        *("LOGIN", "START_TRIAL", "SUBSCRIBE"),
    )
)
_NAMES = {
    "product added": "ADD_TO_CART",
    "product added to wishlist": "ADD_TO_WISHLIST",
    "cart viewed": "VIEW_CART",
    "checkout started": "INITIATE_PURCHASE",
    "payment info entered": "ADD_PAYMENT_INFO",
    "order completed": "PURCHASE",
    "promotion viewed": "VIEW_AD",
    "promotion clicked": "CLICK_AD",
    "products searched": "SEARCH",
    "product viewed": "VIEW_ITEM",
    "product list viewed": "VIEW_ITEMS",
    "product reviewed": "RATE",
    "product shared": "SHARE",
}
_IN_ITEM = frozenset(
    ("name", "brand", "category", "variant", "sku", "price", "quantity", "rating", "product_id", "url", "image_url")
)
_IN_EVENT = frozenset(
    (
        "transaction_id",
        "revenue",
        "currency",
        "shipping",
        "tax",
        "coupon",
        "affiliation",
        "description",
        "search_query",
        "query",
    )
)
_DENIED, _GRANTED = 2, 3


def identify(event, call):
    """A user, as an event of their own with their traits."""
    traits = field(event, "traits")
    made = {"branch_key": call.settings.get("branchKey"), "name": text(field(event, "user_id"))}
    if isinstance(traits, dict):
        made |= {"custom_data": traits, "content_items": [{}]}
    made["user_data"] = _user(event, call)
    return call.request("custom", event, made)


def track(event, call):
    """An event: standard where Branch has a name for it."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("Event name is required")
    known = _named(text(name), call.settings)
    made = {"branch_key": call.settings.get("branchKey"), "name": known or name}
    properties = event.get("properties")
    if isinstance(properties, dict):
        made |= _described(properties, call, standard=known is not None)
    made["user_data"] = _user(event, call)
    return call.request("standard" if known else "custom", event, made)


def _named(name, settings):
    for rule in items(settings.get("eventsMapping")):
        if isinstance(rule.get("to"), str) and isinstance(rule.get("from"), str) and rule["from"].lower() == name.lower():
            name = rule["to"]
            break
    found = _NAMES.get(name.strip().lower()) or name.strip().upper().replace(" ", "_")
    return found if found in _STANDARD else None


def _described(properties, call, standard):
    """What an event is about: its items, itself, and all else."""
    products = properties.get("products")
    parts = [call.map("item", one) for one in items(products)] if isinstance(products, list) else []
    own = call.map("item", properties) if standard else {}
    made = {"content_items": [*parts, own] if own or not parts else parts}
    about = call.map("event", properties) if standard else EMPTY
    if about:
        made["event_data"] = about
    gone = {"products"} if parts else set()
    if custom := without(properties, gone | _IN_ITEM | _IN_EVENT if standard else gone):
        made["custom_data"] = custom
    return made


def _user(event, call):
    made = call.map("user", event)
    system = at(event, "context.os.name")
    if at(event, "context.os.version") == "":
        made["os_version"] = ""
    kind = at(event, "context.device.type")
    if is_android(system) or is_android(kind):
        made |= call.map("android", event)
    elif is_apple(system) or is_apple(kind):
        made |= call.map("apple", event)
    status, enabled = at(event, "context.device.attTrackingStatus"), at(event, "context.device.adTrackingEnabled")
    if status in (_DENIED, _GRANTED):
        made["limit_ad_tracking"] = status == _DENIED
    elif isinstance(enabled, bool):
        made["limit_ad_tracking"] = not enabled
    return made
