"""CleverTap: profiles with custom fields, events, purchases as `Charged`, tokens of devices, and who a record is about."""

from transformer.mappers.batching import by_limits
from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.paths import at, without
from transformer.mappers.timestamps import unix_seconds
from transformer.mappers.values import absent, json_text, text, truthy

_HOST = "https://api.clevertap.com"
_REGION_HOST = "https://{}.api.clevertap.com"
_NAMES = {
    "in1": ("in", "india"),
    "us1": ("us", "unitedstates"),
    "sg1": ("sg", "singapore"),
    "aps3": ("id", "indonesia"),
    "mec1": ("uae", "middleeast"),
    "eu1": ("eu", "europe"),
}
_REGIONS = {name: code for code, names in _NAMES.items() for name in (code, *names)}
_TOKENS = frozenset({"fcm", "apns", "gcm", "wns", "mpns", "safari", "chrome", "firefox", "bps"})
_GENDERS = {
    **dict.fromkeys(("m", "male", "man"), "M"),
    **dict.fromkeys(("f", "female", "woman"), "F"),
}
# Traits that are fields of a profile, or who it is; all others are custom ones.
_FIELDS = frozenset(
    {
        *("email", "name", "phone", "gender", "employed", "birthday", "dob", "education", "married", "customerType", "avatar"),
        *("id", "userId", "anonymousId", "ts"),
        *NAME_TRAITS,
    }
)
_OF_CHARGED = ("checkout_id", "revenue", "products", "ts")
_UNSUBSCRIBED = "category-unsubscribe"
_BOUGHT = "order completed"
_LIMITS = {"events": 1000, "list": "d"}


def identify(event, call):
    """A profile, and the token of its device."""
    given = field(event, "traits")
    given = given if isinstance(given, dict) else {}
    data = call.map("profile", event) | _texts(without(given, _FIELDS))
    profile = {"type": "profile", "profileData": data}
    if not absent(given.get("ts")) and (when := unix_seconds(given["ts"])) is not None:
        profile["ts"] = when
    who = _who(event, call)
    user = field(event, "user_id_only")
    if "objectId" in who and not absent(user):
        data["identity"] = user
    made = [_sent(profile | who, call)]
    if call.settings.get("enableObjectIdMapping") and truthy(at(event, "context.device.token")):
        token = call.map("token", event)
        if "type" in token["tokenData"]:
            made.append(_sent(token | who, call))
    return made


def track(event, call):
    """An event; an order as the event that CleverTap has for it."""
    name = event.get("event")
    if isinstance(name, str) and name.strip().lower() == _BOUGHT:
        properties = _properties(event)
        if not absent(properties.get("products")) and not isinstance(properties["products"], list):
            raise InstrumentationError("Products property value must be an array of objects")
        data = call.map("charged", properties, event) | _texts(without(properties, _OF_CHARGED))
        return _event("Charged", data, event, call)
    if absent(name):
        raise InstrumentationError('Missing required value from "event"')
    return _event(text(name), _texts(without(_properties(event), ("ts",))), event, call)


def page(event, call):
    """A page as an event, by its name."""
    return _viewed("Web Page Viewed", event, call)


def screen(event, call):
    """A screen as an event, by its name."""
    return _viewed("Screen Viewed", event, call)


def alias(event, call):
    """Another identity for a profile."""
    return _sent(call.map("merged", event), call)


def name(this, call):
    """The user's name, or its parts together."""
    known = field({key: this.get(key) for key in ("traits", "context")}, "name")
    if not absent(known):
        return known
    return " ".join(text(one) for part in ("first_name", "last_name") if not absent(one := field(this, part))) or None


def gender(value):
    """M or F, which are all that CleverTap knows."""
    return _GENDERS.get(value.strip().lower()) if isinstance(value, str) else None


def token_type(this, call):
    """Whose a token is: the event's options say so, or else the device."""
    told = call.options(this).get("deviceTokenType")
    if isinstance(told, str) and told.lower() in _TOKENS:
        return told.lower()
    for system in (at(this, "context.device.type"), at(this, "context.os.name")):
        if is_android(system):
            return "fcm"
        if is_apple(system):
            return "apns"
    return None


def batch(jobs, call):
    """Records together, in order."""
    groups = by_limits(jobs, _LIMITS)
    for one in groups:
        one.batched = False
        if isinstance(one.request, dict):
            one.request = one.request | {"batched": True}
    return groups


def _viewed(what, event, call):
    named = event.get("name") or at(event, "properties.name")
    data = _texts(without(_properties(event), ("ts",)))
    return _event(f"{what}: {text(named)}" if named else what, data, event, call)


def _event(named, data, event, call):
    made = {"evtName": named, "evtData": data, "type": "event"}
    when = _properties(event).get("ts")
    if not absent(when) and (seconds := unix_seconds(when)) is not None:
        made["ts"] = seconds
    return _sent(made | _who(event, call), call)


def _who(event, call):
    """Whom a record is about: a user by their id, or a device by CleverTap's own."""
    user, anonymous = field(event, "user_id_only"), event.get("anonymousId")
    if call.settings.get("enableObjectIdMapping"):
        if absent(user) and absent(anonymous):
            raise InstrumentationError("Unable to process without anonymousId or userId")
        return {"identity": user} if absent(anonymous) else {"objectId": anonymous}
    if not absent(user):
        return {"identity": user}
    if not call.settings.get("trackAnonymous") or absent(anonymous):
        raise InstrumentationError("userId, not present cannot track anonymous user")
    return {"identity": anonymous}


def _texts(values):
    """Values of one level: objects and lists as texts, but for what CleverTap itself knows as an object."""
    return {
        key: json_text(one) if isinstance(one, (dict, list)) and key != _UNSUBSCRIBED else one for key, one in values.items()
    }


def _properties(event):
    found = event.get("properties")
    return found if isinstance(found, dict) else {}


def _sent(record, call):
    settings = call.settings
    region = _REGIONS.get(text(settings.get("region") or "").replace(" ", "").lower())
    headers = {
        "X-CleverTap-Account-Id": settings.get("accountId"),
        "X-CleverTap-Passcode": settings.get("passcode"),
        "Content-Type": "application/json",
    }
    return request(f"{_REGION_HOST.format(region) if region else _HOST}/1/upload", {"d": [record]}, headers=headers)
