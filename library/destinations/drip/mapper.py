"""Drip: subscribers and their events."""

import re

from transformer.mappers.ads import properties_of
from transformer.mappers.emails import EMAIL
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import without
from transformer.mappers.values import text

_FIELD = re.compile(r"\w+", re.ASCII)
_TOLD = frozenset(
    {
        "email",
        "name",
        *NAME_TRAITS,
        "phone",
        "address",
        "address2",
    }
    | {"city", "state", "zip", "zipcode", "country", "tags", "timezone", "userId", "id", "anonymousId"}
)


def line(value):
    """An address in one line."""
    return ", ".join(text(part) for part in value.values() if part) if isinstance(value, dict) else text(value)


def custom(event, call):
    """The fields of one's own: those that the traits name so, or the traits that Drip has no field for."""
    known = field(event, "traits")
    if not isinstance(known, dict):
        return None
    named = known.get("customFields") or known.get("custom_fields")
    if isinstance(named, dict):
        return named
    return {
        key: value for key, value in known.items() if key not in _TOLD and _FIELD.fullmatch(key) and not isinstance(value, list)
    } or None


def properties(event, call):
    """What is known of an event: the fields of one's own, or all."""
    known = properties_of(event)
    named = known.get("customFields") or known.get("custom_fields")
    return named if isinstance(named, dict) else without(known, ("email",)) or None


def identify(event, call):
    """A subscriber; in a campaign where the settings name one."""
    who = _who(event)
    body = who | call.map("subscriber", event)
    name = field(event, "name")
    if name and "first_name" not in body and "last_name" not in body:
        first, _, last = text(name).strip().partition(" ")
        body |= {"first_name": first} | ({"last_name": last.strip()} if last else {})
    made = [call.request("subscriber", event, {"subscribers": [body]})]
    if call.settings.get("campaignId") and "email" in who:
        made.append(call.request("campaign", event, {"subscribers": [who]}))
    return made


def track(event, call):
    """What a subscriber did."""
    body = call.map("event", event)
    return call.request("event", event, {"events": [_who(event) | body]})


def _who(event):
    email = field(event, "email")
    if email and EMAIL.fullmatch(text(email).strip()):
        return {"email": email}
    known = external_id(event, "dripId")
    if known:
        return {"id": known}
    raise InstrumentationError("dripId or email is required for the call")
