"""OneSignal: devices of a user as players or subscriptions, and tags from traits and properties."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.operators import is_number
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import object_in
from transformer.mappers.values import EMPTY, absent, integer, items, text, truthy, url_encode

_PLAYERS = "https://onesignal.com/api/v1"
_USERS = "https://api.onesignal.com/apps"
_TYPES = {"Accept": "application/json", "Content-Type": "application/json"}
_PARTNER = {"OneSignal-Usage": "Rudderstack | Partner Integration"}
_LAST_TYPE = 14
_EMAIL, _SMS, _ANONYMOUS = 11, 14, 8
_ANONYMOUS_TYPE = "FirefoxPush"
_BOUGHT = "order completed"


def identify(event, call):
    """A user with their devices."""
    if _is_second(call):
        return _user(event, call)
    payload = call.map("device", event) | {"tags": _traits_as_tags(event)}
    player = external_id(event, "playerId")
    if player:
        return _sent("PUT", f"{_PLAYERS}/players/{url_encode(player)}", payload)
    return [_sent("POST", f"{_PLAYERS}/players", payload | one) for one in _devices(event, call)]


def track(event, call):
    """An event as a tag, with those of its properties that the settings allow; an order's products as purchases."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("Event is not present in the input payloads")
    begin = f"{name}_" if call.settings.get("eventAsTags") else ""
    tags = {name: True} | {f"{begin}{key}": value for key, value in _allowed(object_in(event, "properties"), call).items()}
    if not _is_second(call):
        return _tagged(tags, event, call)
    properties = {"tags": tags}
    if name.strip().lower() == _BOUGHT:
        properties["purchases"] = _purchases(event, call)
    return _of_user({"properties": properties}, "track", event, call)


def group(event, call):
    """A group as a tag, with those of its traits that the settings allow."""
    name = field(event, "group_id")
    if absent(name):
        raise InstrumentationError("groupId is required for group events")
    traits = field(event, "traits")
    tags = _allowed(traits, call) if isinstance(traits, dict) else {}
    tags["groupId"] = name
    if not _is_second(call):
        return _tagged(tags, event, call)
    return _of_user({"properties": {"tags": tags}}, "group", event, call)


def offset(value):
    """A time zone that is told as its offset in seconds."""
    return value if is_number(value) else None


def _is_second(call):
    return call.settings.get("version") == "V2"


def _devices(event, call):
    """What a user can be reached by: the device that the event names, or else its browser; email and phone, if wanted."""
    options, settings = call.options(event), call.settings
    kind, name = options.get("deviceType"), options.get("identifier")
    if truthy(kind) and truthy(name):
        number = integer(kind)
        if number is None or not 0 <= number <= _LAST_TYPE:
            raise InstrumentationError.quoting("device_type {} is not a valid device_type", text(kind))
        return [{"device_type": number, "identifier": name}]
    found = []
    for wanted, number, value in (
        (settings.get("emailDeviceType"), _EMAIL, field(event, "email")),
        (settings.get("smsDeviceType"), _SMS, field(event, "phone")),
        (True, _ANONYMOUS, event.get("anonymousId")),
    ):
        if wanted and not absent(value):
            found.append({"device_type": number, "identifier": value})
    return found


def _user(event, call):
    """A user of the second model: properties, subscriptions, and the names that they are known by."""
    properties = {"tags": _traits_as_tags(event)} | call.map("user", event)
    return _of_user({"properties": properties, "subscriptions": _subscriptions(event, call)}, "identify", event, call)


def _subscriptions(event, call):
    settings, options = call.settings, call.options(event)
    traits = field(event, "traits")
    given = object_in(traits, "subscriptions")
    common = call.map("subscription", event)
    named = truthy(options.get("deviceType")) and truthy(options.get("identifier"))
    kind = text(options["deviceType"]) if named else _ANONYMOUS_TYPE
    found = []
    for wanted, name, value, more in (
        (True, kind, options["identifier"] if named else event.get("anonymousId"), (kind,)),
        (settings.get("emailDeviceType"), "Email", field(event, "email"), ("email", "Email")),
        (settings.get("smsDeviceType"), "SMS", field(event, "phone"), ("phone", "sms", "SMS")),
    ):
        if wanted and not absent(value):
            own = next((given[key] for key in more if isinstance(given.get(key), dict)), EMPTY)
            found.append(common | own | {"type": name, "token": value})
    return found


def _of_user(body, what, event, call):
    aliases = call.options(event).get("aliases")
    known = dict(aliases) if isinstance(aliases, dict) else {}
    user = field(event, "user_id_only")
    if not absent(user):
        known["external_id"] = user
    if not known:
        raise InstrumentationError(f"userId or any other alias is required for {what}")
    return request(f"{_USERS}/{url_encode(call.settings['appId'])}/users", body | {"identity": known}, headers=dict(_TYPES))


def _purchases(event, call):
    properties = object_in(event, "properties")
    given = properties.get("products")
    made = [call.map("purchase", one, event) for one in (items(given) if isinstance(given, list) else [properties])]
    return [one for one in made if "sku" in one or "amount" in one]


def _tagged(tags, event, call):
    user = field(event, "user_id_only")
    if absent(user):
        raise InstrumentationError("userId is required for track events/updating a device")
    endpoint = f"{_PLAYERS}/apps/{url_encode(call.settings['appId'])}/users/{url_encode(user)}"
    return _sent("PUT", endpoint, {"tags": tags})


def _traits_as_tags(event):
    traits = field(event, "traits")
    tags = {key: one for key, one in traits.items() if _is_tag(one)} if isinstance(traits, dict) else {}
    return tags | ({} if absent(event.get("anonymousId")) else {"anonymousId": event["anonymousId"]})


def _allowed(values, call):
    names = [text(one.get("propertyName")) for one in items(call.settings.get("allowedProperties") or [])]
    return {name: values[name] for name in names if _is_tag(values.get(name))}


def _is_tag(value):
    return isinstance(value, (str, bool)) or is_number(value)


def _sent(method, endpoint, body):
    return request(endpoint, body, method=method, headers=_TYPES | _PARTNER)
