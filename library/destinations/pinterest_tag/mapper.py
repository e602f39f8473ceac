"""Conversions by Pinterest's names, of people told by hashes."""

import re

from transformer.mappers.ads import at_setting, hashed, lowered, mapped_names, trimmed
from transformer.mappers.devices import is_apple
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at, first
from transformer.mappers.values import digits, items, listed, number, text

NAMES = {
    "order completed": "checkout",
    "product added": "add_to_cart",
    "product list filtered": "search",
    "products searched": "search",
    "product list viewed": "view_category",
    "product viewed": "page_visit",
    "user signup": "signup",
    "signed up": "signup",
    "signup": "signup",
    "lead": "lead",
    "video watched": "watch_video",
    "watch video": "watch_video",
}
SOURCES = ("web", "app_ios", "app_android", "offline")
SAID = (
    "traits.action_source",
    "context.traits.action_source",
    "properties.action_source",
    "properties.actionSource",
    "channel",
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SPACE = re.compile(r"\s+")


def track(event, call):
    """One request for each name that the event has at Pinterest."""
    body = _body(event, call)
    body["custom_data"] = custom_data(event, call)
    return [_request(event, call, {**body, "event_name": name}) for name in names_of(event, call.settings)]


def page(event, call):
    """A visit of a page, or of a category where it is known."""
    category = event.get("category") or at(event, "properties.category")
    return _request(event, call, {**_body(event, call), "event_name": "view_category" if category else "page_visit"})


def _request(event, call, body):
    made = call.request("v5" if call.settings.get("apiVersion") == "newApi" else "legacy", event, body)
    if call.settings.get("sendAsTestEvent"):
        made["params"] = {"test": True}
    return made


def _body(event, call):
    body = call.map("event", event)
    user = body["user_data"]
    if not ("em" in user or "hashed_maids" in user or ("client_ip_address" in user and "client_user_agent" in user)):
        raise InstrumentationError(
            "user_data needs an email address, an advertising id, or an IP address together with a user agent",
            step="validateUserFields",
        )
    return body


def names_of(event, settings):
    """Pinterest's names for an event: those that the settings say, or the standard one, or its own, or `custom`."""
    name = event.get("event")
    if not name:
        raise InstrumentationError("Event name is required", step="validateInput")
    if named := mapped_names(settings.get("eventsMapping"), name):
        return list(dict.fromkeys("_".join(WORD.findall(text(one))).lower() for one in named))
    known = NAMES.get(lowered(name))
    return [known or ("custom" if settings.get("sendAsCustomEvent") else name)]


def action_source(event, call):
    """Where the event happened: as it says, or by its channel and device."""
    said = first(event, *SAID)
    if said in SOURCES:
        return said
    if event.get("channel") == "mobile":
        return "app_ios" if is_apple(first(event, "context.os.name", "context.device.type")) else "app_android"
    return "web"


def event_id(event, call):
    """What Pinterest tells repeated events by."""
    key = call.settings.get("deduplicationKey")
    found = at_setting(event, key) if call.settings.get("enableDeduplication") else None
    return found or event.get("messageId")


def opt_out(event, call):
    """Whether the user does not want to be tracked, where that is known."""
    said = at(event, "properties.optOut")
    if said is not None:
        return said
    enabled = at(event, "context.device.adTrackingEnabled")
    return None if enabled is None else not enabled


def user_data(event, call):
    """What is known of the user: lists of hashes, and where the event came from."""
    made = call.map("person", event)
    if call.settings.get("sendingUnHashedData", True):
        made = {key: hashed(listed(value), CLEAN.get(key, _plain)) for key, value in made.items()}
    else:
        made = {key: listed(value) for key, value in made.items()}
    return made | call.map("sign", event)


def _plain(value):
    return SPACE.sub("", lowered(value))


CLEAN = {
    "em": lowered,
    "ph": digits,
    "db": digits,
    "ge": lambda value: lowered(value)[:1],
    "hashed_maids": trimmed,
    "external_id": trimmed,
}


def custom_data(event, call):
    """What was bought or looked at."""
    made = call.map("custom_data", event)
    properties = event.get("properties")
    if not isinstance(properties, dict):
        return made
    products = items(properties["products"]) if isinstance(properties.get("products"), list) else []
    contents = [call.map("content", one) for one in products or [properties]]
    made.setdefault("num_items", sum(number(one.get("quantity")) or 0 for one in products or [properties]))
    made["contents"] = contents
    if ids := [one["id"] for one in contents if "id" in one]:
        made["content_ids"] = ids
    return made
