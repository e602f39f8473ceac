"""Engage: users, lists and events."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field, traits
from transformer.mappers.overrides import external_id, external_ids
from transformer.mappers.values import absent, basic_auth, items, text, url_encode

_TOLD = frozenset({*NAME_TRAITS, "email", "phone", "number", "createdAt"} | {"created_at", "userId", "anonymousId", "id"})
_DEEPEST = 10


def meta(event, call):
    """The traits that Engage has no field for; nested ones by their own names."""
    known = field(event, "traits")
    made = {}
    _gather(made, known if isinstance(known, dict) else {}, 0)
    return made or None


def _gather(made, values, depth):
    for key, value in values.items():
        if isinstance(value, dict):
            if depth < _DEEPEST:
                _gather(made, value, depth + 1)
        elif not isinstance(value, list) and not absent(value) and (depth or key not in _TOLD):
            made[key] = value


def identify(event, call):
    """A user."""
    body = call.map("user", event)
    lists = external_ids(event, "engageListId")
    lists = lists or [rule["listId"] for rule in items(call.settings.get("listIds") or []) if rule.get("listId")]
    if lists:
        body["lists"] = lists
    return _sent(f"users/{_user(event)}", body, call, "PUT")


def track(event, call):
    """What a user did."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Engage needs a name")
    return _told(name, event, call)


def page(event, call):
    """What a user saw."""
    seen = " ".join(text(part) for part in (event.get("category"), event.get("name")) if part)
    return _told(f"Viewed {seen} Page" if seen else "Viewed Page", event, call)


def group(event, call):
    """A user who is on a list, or no longer."""
    if absent(event.get("groupId")):
        raise InstrumentationError("A group for Engage needs its groupId, which is the list")
    known, place = traits(event), f"lists/{url_encode(event['groupId'])}/subscribers"
    user = external_id(event, "engageId") or event.get("userId")
    status = known.get("subscriberStatus")
    body = {"subscribed": True if absent(status) else status}
    if text(known.get("operation") or "").lower() == "remove":
        if absent(user):
            raise InstrumentationError("engageID is required for remove operation.")
        return _sent(f"{place}/{url_encode(user)}", body, call, "DELETE")
    if absent(user):
        return _sent(place, call.map("user", event) | body, call, "POST")
    return _sent(f"{place}/{url_encode(user)}", body, call, "PUT")


def _told(name, event, call):
    return _sent(f"users/{_user(event)}/events", {"event": name} | call.map("event", event), call, "POST")


def _user(event):
    user = external_id(event, "engageId") or field(event, "user_id_only")
    if absent(user):
        raise InstrumentationError("The event names no user: it has neither an external id of type engageId nor a userId")
    return url_encode(user)


def _sent(path, body, call, method):
    settings = call.settings
    headers = {"Content-Type": "application/json", "Authorization": basic_auth(settings["publicKey"], settings["privateKey"])}
    return request(f"https://api.engage.so/v1/{path}", body, method=method, headers=headers)
