"""Delighted: people by email or phone number."""

import re

from transformer.mappers.ads import properties_of
from transformer.mappers.emails import EMAIL
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import without
from transformer.mappers.values import absent, items, number, text

_PHONE = re.compile(r"\+[1-9]\d{7,14}")
_TOLD = frozenset(
    {
        "name",
        *NAME_TRAITS,
        "phone",
        "email",
        "locale",
        "last_sent_at",
    }
)


def identify(event, call):
    """A person who may be asked."""
    body = _person(event, call) | {"send": False}
    body |= {key: value for key, value in call.map("person", event).items() if key not in body}
    if "name" not in body:
        parts = [text(part) for part in (field(event, "first_name"), field(event, "last_name")) if part]
        if parts:
            body["name"] = " ".join(parts)
    known = field(event, "traits")
    more = without(known, _TOLD | {"userId", "anonymousId"}) if isinstance(known, dict) else None
    if more:
        body["properties"] = more
    return call.request("person", event, body)


def track(event, call):
    """A person who is asked."""
    names = {text(rule.get("event") or "").strip() for rule in items(call.settings.get("eventNamesSettings") or [])}
    name = text(event.get("event") or "").strip()
    if not name or name not in names:
        raise ConfigurationError("Event is not configured on your Rudderstack Dashboard")
    body = _person(event, call) | {"send": True}
    properties = properties_of(event)
    if properties:
        body["properties"] = properties
    return call.request("person", event, body)


def alias(event, call):
    """A person under another address or number."""
    new, old = event.get("userId"), event.get("previousId")
    if absent(new) or absent(old):
        raise InstrumentationError("An alias needs both userId and previousId")
    matches, key = (_PHONE, "phone_number") if _channel(event, call) == "sms" else (EMAIL, "email")
    if not all(matches.fullmatch(text(one)) for one in (new, old)):
        raise InstrumentationError("User Id and Previous Id should be of same type i.e. phone/sms")
    return call.request("person", event, {key: old, f"{key}_update": new})


def _channel(event, call):
    return text(external_id(event, "delightedChannelType") or call.settings.get("channel") or "email").lower()


def _person(event, call):
    user = event.get("userId")
    if absent(user):
        raise InstrumentationError("userId is required.")
    channel = _channel(event, call)
    made = {"channel": channel, "delay": number(call.settings.get("delay")) or 0}
    if channel == "sms":
        if not _PHONE.fullmatch(text(user)):
            raise InstrumentationError("Channel is set to sms. Enter correct phone number i.e. E.164")
        return made | {"phone_number": user}
    if not EMAIL.fullmatch(text(user)):
        raise InstrumentationError("Channel is set to email. Enter correct email")
    return made | {"email": user}
