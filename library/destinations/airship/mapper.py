"""Airship: tags, attributes and events of named users."""

import re
import uuid

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import without
from transformer.mappers.timestamps import iso
from transformer.mappers.values import absent, flatten, items, text, url_encode

_SPACES = re.compile(r"\s+")
_HOSTS = {False: "https://go.urbanairship.com", True: "https://go.airship.eu"}
_OF_EVENT = frozenset({"value", "transaction", "interaction_id", "interactionId", "interaction_type", "interactionType"})
# Airship's own attributes, by the names that traits have.
_ATTRIBUTES = {
    "name": "full_name",
    "firstName": "first_name",
    "firstname": "first_name",
    "lastName": "last_name",
    "lastname": "last_name",
    "phone": "mobile_phone",
    "birthday": "birthdate",
    "userName": "username",
    "createdAt": "account_creation",
    "address_city": "city",
    "address_state": "region",
    "address_postalCode": "zipcode",
    "address_zip": "zipcode",
    "address_country": "country",
    "state": "region",
    "postalCode": "zipcode",
    "zip": "zipcode",
}
_WANTS = "For {}, tags or attributes properties are required under traits"


def event_name(event, call):
    """The name as Airship wants it: in small letters, with `_` for white space."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("event name is required for track")
    return _SPACES.sub("_", name.strip().lower())


def session(value):
    """The id of a session as a UUID, which Airship asks for: always the same for the same id."""
    try:
        return str(uuid.UUID(text(value)))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, text(value)))


def properties(event, call):
    """What else is known of an event."""
    return without(properties_of(event), _OF_EVENT) or None


def track(event, call):
    """An event."""
    return _sent("custom-events", call.map("event", event), call, app=True)


def identify(event, call):
    """Tags and attributes of a user."""
    return _known(event, call, "identify", "rudderstack_integration")


def group(event, call):
    """Tags and attributes of a user's group, which are the user's here."""
    return _known(event, call, "group", "rudderstack_integration_group")


def _known(event, call, kind, tags_of):
    known = field(event, "traits")
    known = known if isinstance(known, dict) else {}
    user = field(event, "user_id")
    if absent(user):
        raise InstrumentationError("The event names no user")
    tags = {True: [], False: []}
    attributes = []
    times = {
        text(rule.get("timestampAttribute") or "").strip() for rule in items(call.settings.get("timestampAttributes") or [])
    }
    when = _to_the_second(field(event, "timestamp"))
    for key, value in flatten(known, ".", lists=False).items():
        if isinstance(value, bool):
            tags[value].append(_SPACES.sub("_", key.strip().lower()))
        elif not isinstance(value, (list, dict)):
            told = (_to_the_second(value) or value) if key in times and not absent(value) else value
            plain = key.replace(".", "_")
            attributes.append(_attribute(_ATTRIBUTES.get(plain, plain), told, when))
    own = call.options(event).get("JSONAttributes")
    if isinstance(own, dict):
        attributes += [_attribute(key, value, when) for key, value in own.items()]
    if not (attributes or tags[True] or tags[False]):
        raise InstrumentationError(_WANTS.format(kind))
    made = []
    if tags[True] or tags[False]:
        body = {"audience": {"named_user_id": user}}
        body |= {word: {tags_of: tags[there]} for word, there in (("add", True), ("remove", False)) if tags[there]}
        made.append(_sent("named_users/tags", body, call))
    if attributes:
        made.append(_sent(f"named_users/{url_encode(user)}/attributes", {"attributes": attributes}, call))
    return made


def _attribute(key, value, when):
    made = {"action": "set", "key": key, "value": value}
    return made | {"timestamp": when} if when else made


def _to_the_second(value):
    spelled = iso(value)
    return f"{spelled[:19]}Z" if spelled else None


def _sent(path, body, call, *, app=False):
    settings = call.settings
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/vnd.urbanairship+json; version=3",
        "Authorization": f"Bearer {settings['apiKey']}",
    }
    if app and settings.get("appKey"):
        headers["X-UA-Appkey"] = settings["appKey"]
    return request(f"{_HOSTS[bool(settings.get('dataCenter'))]}/api/{path}", body, headers=headers)
