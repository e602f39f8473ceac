"""App events: their names and parameters as Meta has them, and the device as its list of sixteen."""

import re

from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at, object_in
from transformer.mappers.timestamps import unix_milliseconds
from transformer.mappers.values import absent, digits, flatten, items, json_text, number, sha256, text

_NAMES = {
    "products searched": "fb_mobile_search",
    "product viewed": "fb_mobile_content_view",
    "product added": "fb_mobile_add_to_cart",
    "product added to wishlist": "fb_mobile_add_to_wishlist",
    "payment info entered": "fb_mobile_add_payment_info",
    "checkout started": "fb_mobile_initiated_checkout",
    "order completed": "fb_mobile_purchase",
    "complete registration": "fb_mobile_complete_registration",
    "application opened": "fb_mobile_activate_app",
    "achieve level": "fb_mobile_level_achieved",
    "complete tutorial": "fb_mobile_tutorial_completion",
    "unlock achievement": "fb_mobile_achievement_unlocked",
    "spend credits": "fb_mobile_spent_credits",
    "submit rating": "fb_mobile_rate",
}
_NAME = re.compile(r"[0-9a-zA-Z_][0-9a-zA-Z _-]{0,39}")
_PARAMETERS = {
    "revenue": "_valueToSum",
    "currency": "fb_currency",
    "query": "fb_search_string",
    "product_id": "fb_content_id",
}
_GENDERS = {"female": "f", "f": "f", "male": "m", "m": "m"}
_ALLOWED = 3
"""How iOS says that an app may follow its user."""


def track(event, call):
    """What a user did."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("Event name is required")
    known = _NAMES.get(name.strip().lower(), name)
    if not _NAME.fullmatch(known):
        told = "Event name {} is not a valid FB APP event name.It must match the regex ^[0-9a-zA-Z_][0-9a-zA-Z _-]{{0,39}}$."
        raise InstrumentationError.quoting(told, name)
    return _sent(event, call, known, {})


def screen(event, call):
    """What a user saw."""
    name = event.get("name") or at(event, "properties.name")
    return _sent(event, call, "Viewed Screen", {} if absent(name) else {"fb_description": name})


def _sent(event, call, name, more):
    properties = object_in(event, "properties")
    if not absent(properties.get("revenue")) and absent(properties.get("currency")):
        raise InstrumentationError("If properties.revenue is present, properties.currency is required.")
    when = unix_milliseconds(event.get("timestamp") or event.get("originalTimestamp"))
    told = ({} if when is None else {"_logTime": when}) | {"_eventName": name} | more
    for key, value in properties.items():
        if not (more and key == "name"):
            _add(told, key, value)
    body = {"extinfo": _device(event), "custom_events": json_text([told])} | call.map("activity", event)
    return call.request("activity", event, None) | {
        "body": {"JSON": {}, "JSON_ARRAY": {}, "XML": {}, "FORM": body},
        "statusCode": 200,
    }


def _add(told, key, value):
    """Put a property among the parameters, under the name that Meta has for it."""
    if absent(value):
        return
    if key == "products" and isinstance(value, list):
        ids = [one["product_id"] for one in items(value) if not absent(one.get("product_id"))]
        if not all(isinstance(one, str) for one in ids):
            _refuse("properties.products.sub.product_id", "string")
        if ids:
            told["fb_content_id"] = ids
    elif key == "revenue":
        known = number(value)
        if known is None:
            _refuse("properties.revenue", "number")
        told["_valueToSum"] = known
    elif key in _PARAMETERS:
        if not isinstance(value, str):
            _refuse(f"properties.{key}", "string")
        told[_PARAMETERS[key]] = value
    elif isinstance(value, (dict, list)):
        told.update((path, leaf) for path, leaf in flatten({key: value}, "_").items() if leaf not in ({}, []))
    else:
        told[key] = value


def _refuse(place, kind):
    raise InstrumentationError(f"Value of {place} is not of valid type. It should be of type {kind}")


def _device(event):
    """The app and the device, each fact at its place; Meta takes the list as text."""
    kind = at(event, "context.device.type")
    if not is_apple(kind) and not is_android(kind):
        raise InstrumentationError('Extended device information i.e, "context.device.type" is required')
    context = object_in(event, "context")
    app, system, display = (object_in(context, name) for name in ("app", "os", "screen"))
    density = number(display.get("density"))
    return json_text(
        [
            "i2" if is_apple(kind) else "a2",
            text(app.get("namespace") or ""),
            text(app.get("build") or ""),
            text(app.get("version") or ""),
            text(system.get("version") or ""),
            text(at(event, "context.device.model") or ""),
            text(at(event, "context.locale") or ""),
            "",
            text(at(event, "context.network.carrier") or ""),
            number(display.get("width")) or 0,
            number(display.get("height")) or 0,
            "" if density is None else f"{density:.2f}",
            *(0, 0, 0),
            text(at(event, "context.timezone") or ""),
        ]
    )


def tracking(event, _call):
    """Whether the user lets the app follow them."""
    device = object_in(object_in(event, "context"), "device")
    return "1" if device.get("adTrackingEnabled") is True or device.get("attTrackingStatus") == _ALLOWED else "0"


def phone(value):
    """A number of a phone as Meta hashes it: digits alone, the country's first."""
    known = digits(value).lstrip("0")
    return sha256(known) if known else None


def gender(value):
    """One of two letters, hashed."""
    known = _GENDERS.get(text(value).strip().lower())
    return sha256(known) if known else None
