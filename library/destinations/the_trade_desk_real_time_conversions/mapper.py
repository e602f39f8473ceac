"""Conversions with their value, their items and all other properties."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import at, first, without
from transformer.mappers.values import items, number

NAMES = {
    "product added": "addtocart",
    "order completed": "purchase",
    "product viewed": "viewitem",
    "checkout started": "startcheckout",
    "cart viewed": "viewcart",
    "product added to wishlist": "wishlistitem",
    "products searched": "search",
}
OF_SHOPS = frozenset(("addtocart", "purchase", "viewitem", "startcheckout", "viewcart", "wishlistitem"))
ID_TYPES = ("TDID", "DAID", "UID2", "UID2Token", "EUID", "EUIDToken", "RampID", "ID5", "netID", "FirstId")
OF_ITEM = ("product_id", "sku", "name", "price", "quantity")
TOLD = ("currency", "order_id", "value", "revenue", "products")


def track(event, call):
    """A request for each name that the event has at The Trade Desk."""
    for key, told in (("advertiserId", "Advertiser ID"), ("trackerId", "Tracker ID")):
        if not call.settings.get(key):
            raise ConfigurationError(f"{told} is not present. Aborting", step="validateConfig")
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    plain = name.strip().lower()
    named = mapped_names(call.settings.get("eventsMapping"), name) or [NAMES.get(plain, name)]
    return [_request(one, plain in NAMES, event, call) for one in named]


def _request(name, known, event, call):
    data = call.map("always", event) | {"event_name": name} | _device(event)
    properties, renamed = _custom(event, call)
    shop = known and name in OF_SHOPS
    value = _value(properties, shop=shop)
    if value is not None:
        data["value"] = value
    rest = without(properties, TOLD if shop else ("currency", "order_id", "value"))
    if shop:
        products = properties.get("products")
        if isinstance(products, list):
            made = [call.map("item", one, event) | without(one, OF_ITEM) for one in items(products)]
        else:
            made = [call.map("item", properties, event)]
            rest = without(rest, OF_ITEM)
        data["items"] = made
    body = {"data": [{key: one for key, one in rest.items() if one is not None} | data | renamed]}
    return call.request("conversion", event, body)


def _custom(event, call):
    """The properties that are left, and those that the settings rename."""
    taken, renamed = set(), {}
    for rule in items(call.settings.get("customProperties") or []):
        source, target = rule.get("rudderProperty"), rule.get("tradeDeskProperty")
        if isinstance(source, str) and source and isinstance(target, str) and target:
            value = at(event, source)
            if value is not None:
                renamed[target] = value
                taken.add(source.removeprefix("properties."))
    return without(properties_of(event), taken), renamed


def _value(properties, *, shop):
    if not shop:
        return properties.get("value")
    known = number(first(properties, "revenue", "value"))
    if known is None:
        known = _product(properties)
    if known is None and isinstance(properties.get("products"), list):
        each = [_product(one) for one in items(properties["products"])]
        known = sum(each) if each and None not in each else None
    return known


def _product(one):
    price, quantity = number(one.get("price")), number(one.get("quantity"))
    return None if price is None or quantity is None else price * quantity


def _device(event):
    """By what the person's device is known."""
    for kind in ID_TYPES:
        found = external_id(event, kind) or external_id(event, kind.lower())
        if found:
            return {"adid": found, "adid_type": kind}
    found, system = at(event, "context.device.advertisingId"), at(event, "context.device.type")
    if found and is_apple(system):
        return {"adid": found, "adid_type": "IDFA"}
    return {"adid": found, "adid_type": "AAID"} if found and is_android(system) else {}
