"""Sessions and events of apps, as parameters of a request: an event with products is one for each."""

from transformer.mappers.ads import lowered, properties_of
from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at, without
from transformer.mappers.values import items, text

_HOST = "https://s2s.singular.net/api"
_OF_LIFE = frozenset({"application installed", "application updated", "application opened"})
# Properties that are parameters of their own; all others go along as `e`.
_OF_EVENTS = (
    *("is_revenue_event", "currency", "purchase_receipt", "purchase_transaction_id"),
    *("products", "product_id", "sku", "price", "quantity"),
)
_OF_ANDROID = (*_OF_EVENTS, "asid", "receipt_signature")
_OF_IOS = (*_OF_EVENTS, "skan_conversion_value", "skan_first_call_timestamp", "skan_last_call_timestamp")


def track(event, call):
    """The beginning of a session, or an event."""
    system = at(event, "context.os.name")
    if not is_android(system) and not is_apple(system):
        raise InstrumentationError.quoting("Platform {} is not supported", text(system))
    android = is_android(system)
    known = {"p": "Android" if android else "iOS"}
    if not call.options(event).get("singularDeviceId"):
        known |= call.map("android_ids" if android else "ios_ids", event)
    if _begins_session(event["event"], call.settings):
        made = call.map("android_session" if android else "ios_session", event)
        return _sent("launch", known | call.map("session", event) | made)
    known |= call.map("event", event)
    if not android:
        known |= call.map("ios_status", event)
    properties = properties_of(event)
    if others := without(properties, _OF_ANDROID if android else _OF_IOS):
        known["e"] = others
    products = items(properties["products"]) if isinstance(properties.get("products"), list) else []
    if not products:
        return _sent("evt", _with_revenue(known, call.map("sale", properties, event)))
    return [_sent("evt", _with_revenue(known, call.map("product", one, event))) for one in products]


def connection(event, call):
    """How the device is connected, where it says so."""
    network = at(event, "context.network")
    if not isinstance(network, dict):
        return None
    return "wifi" if network.get("wifi") is True else "carrier"


def _begins_session(name, settings):
    plain = lowered(name)
    return plain in _OF_LIFE or any(
        lowered(one["sessionEventName"]) == plain
        for one in items(settings.get("sessionEventList") or [])
        if isinstance(one.get("sessionEventName"), str)
    )


def _with_revenue(known, sale):
    made = known | sale
    if "amt" in made:
        made.setdefault("is_revenue_event", True)
    return made


def _sent(path, params):
    version = "v2" if "sdid" in params else "v1"
    return request(f"{_HOST}/{version}/{path}", method="GET", params=params, path=f"/{version}/{path}")
