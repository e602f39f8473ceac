"""Custify: people by id or email."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import only, without
from transformer.mappers.values import absent, items, text

_TOLD = frozenset({"email", "phone", "name", "signed_up_at", "company", "companies", "userId", "id", "anonymousId"})


def plain(values):
    """The attributes that Custify keeps: neither lists nor objects."""
    if not isinstance(values, dict):
        return None
    return {key: value for key, value in values.items() if value is not None and not isinstance(value, (list, dict))} or None


def custom(event, call):
    """The traits that Custify has no field for, and the names of others once more."""
    known = field(event, "traits")
    return plain(without(known, _TOLD)) if isinstance(known, dict) else None


def name_of(event, call):
    """The person's name, or its parts."""
    parts = [text(part) for part in (field(event, "first_name"), field(event, "last_name")) if part]
    return field(event, "name") or " ".join(parts)


def companies(event, call):
    """The companies that a person belongs to, or no longer does."""
    known = field(event, "traits")
    given = items(known.get("company") or []) if isinstance(known, dict) else []
    made = [{"company_id": one["id"], **only(one, ("remove",))} for one in given if not absent(one.get("id"))]
    return made or None


def identify(event, call):
    """A person."""
    return _sent("people", _who(event, call) | call.map("person", event), event, call)


def track(event, call):
    """What a person did."""
    return _sent("event", _who(event, call) | call.map("event", event), event, call)


def group(event, call):
    """A company, and who belongs to it."""
    company = call.map("company", event)
    made = [_sent("company", company, event, call)]
    user = field(event, "user_id_only")
    if not absent(user):
        made.append(_sent("people", {"user_id": user, "companies": [{"company_id": company["company_id"]}]}, event, call))
    return made


def _who(event, call):
    user, email = field(event, "user_id_only"), field(event, "email")
    if absent(user) and call.settings.get("sendAnonymousId"):
        user = event.get("anonymousId")
    if absent(user) and absent(email):
        raise InstrumentationError("Email or userId is mandatory")
    return {key: value for key, value in (("user_id", user), ("email", email)) if not absent(value)}


def _sent(path, body, event, call):
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {call.settings['apiKey']}",
        "Accept": "application/json",
    }
    user = event.get("userId") or event.get("anonymousId")
    return request(f"https://api.custify.com/{path}", body, headers=headers, user_id=user)
