"""AppsFlyer: events in apps, with their values as JSON text."""

from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items, json_text, text

# For events of shops: the mapping of what AppsFlyer has names for, and whether products are told as lists.
_KINDS = {
    "order completed": ("order_completed", True),
    "checkout started": ("checkout_started", True),
    "product viewed": ("product", False),
    "product added": ("product", False),
    "product added to wishlist": ("product", False),
    "product removed": ("product", False),
    "products searched": ("search", False),
    "product list viewed": ("list", False),
}
_OF_PRODUCTS = (("af_content_id", "product_id"), ("af_quantity", "quantity"), ("af_price", "price"))


def track(event, call):
    """An event with its value."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("Event name is required")
    properties = event.get("properties")
    value = _value(text(name), properties, event, call) if isinstance(properties, dict) and properties else ""
    more = {} if absent(at(event, "properties.currency")) else {"eventCurrency": event["properties"]["currency"]}
    return _request(event, call, name, value, more)


def page(event, call):
    """A page as an event."""
    return _viewed(event, call, "page", event.get("name"))


def screen(event, call):
    """A screen as an event."""
    return _viewed(event, call, "screen", event.get("name") or event.get("event"))


def _viewed(event, call, what, name):
    properties = event.get("properties")
    if call.settings.get("useRichEventName"):
        what = f"Viewed {text(name or at(event, 'properties.name') or '')} {what.capitalize()}"
    return _request(event, call, what, properties if isinstance(properties, dict) and properties else "", {})


def _value(name, properties, event, call):
    settings = call.settings
    if settings.get("addPropertiesAtRoot"):
        value = dict(properties)
    else:
        value = {"properties": properties}
        for rule in items(settings.get("listOfProps")):
            if (key := rule.get("property")) and not absent(properties.get(key)):
                value[key] = properties[key]
    mapping, lists = _KINDS.get(name.strip().lower(), ("other", False))
    value |= call.map(mapping, properties, event)
    products = properties.get("products")
    if isinstance(products, list):
        products = [one for one in products if isinstance(one, dict)]
        if lists:
            value |= {theirs: [one.get(ours) for one in products] for theirs, ours in _OF_PRODUCTS}
        elif mapping == "list":
            value["af_content_list"] = [one.get("product_id") for one in products]
    if settings.get("afCurrencyAtRoot") and not absent(properties.get("currency")):
        value["af_currency"] = properties["currency"]
    return value


def _request(event, call, name, value, more):
    settings = call.settings
    made = {"eventName": name, "eventValue": json_text(value) if value else "", **call.map("event", event), **more}
    system = at(event, "context.os.name")
    if at(event, "context.os.version") == "":
        made["os"] = ""
    if is_android(system) and settings.get("androidAppId"):
        app = settings["androidAppId"]
        made |= call.map("android", event)
    elif is_apple(system) and settings.get("appleAppId"):
        app = f"id{settings['appleAppId']}"
        made |= call.map("apple", event)
    else:
        raise InstrumentationError("no app is set for the system of this device")
    request = call.request("v2" if settings.get("authVersion") == "v2" else "v1", event, made)
    request["endpoint"] += app
    return request
