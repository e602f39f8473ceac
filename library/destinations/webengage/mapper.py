"""Users with attributes, and events at times in the shape that WebEngage reads."""

import re

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.paths import without
from transformer.mappers.timestamps import date
from transformer.mappers.values import absent, text

_HOSTS = {"ind": "https://api.in.webengage.com", "ksa": "https://api.ksa.webengage.com"}
_HOST = "https://api.webengage.com"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
_SHAPE = "%Y-%m-%dT%H:%M:%S+0000"
_GENDERS = {"m": "male", "male": "male", "f": "female", "female": "female"}
# Traits that are fields of a user; all others are attributes.
_FIELDS = frozenset(
    {
        *("userId", "anonymousId", "email", "hashedEmail", "phone", "hashedPhone", "name", "company", "birthday", "birthDate"),
        *(*NAME_TRAITS, "gender", "address"),
        *("country", "region", "city", "locality", "postalCode", "zip", "zipcode", "emailOptIn", "smsOptIn", "whatsappOptIn"),
    }
)


def identify(event, call):
    """A user with attributes."""
    made = _of_somebody(call.map("user", event))
    traits = field(event, "traits")
    traits = traits if isinstance(traits, dict) else {}
    name = traits.get("name")
    if isinstance(name, str) and "firstName" not in made and "lastName" not in made:
        first, _, last = name.strip().partition(" ")
        made |= {key: part for key, part in (("firstName", first), ("lastName", last.strip())) if part}
    if attributes := without(traits, _FIELDS):
        made["attributes"] = attributes
    return _sent("users", made, call)


def track(event, call):
    """An event with its properties."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError('Missing required value from "event"')
    return _event(event, call, name)


def page(event, call):
    """A page as an event."""
    return _event(event, call, _viewed(event, "page"))


def screen(event, call):
    """A screen as an event."""
    return _event(event, call, _viewed(event, "screen"))


def birthday(value):
    """A day of birth."""
    return _time(value, "birthday must be in this (YYYY-MM-DD) format")


def event_time(value):
    """The time of an event."""
    return _time(value, "Timestamp must be ISO format (YYYY-MM-DD)")


def gender(value):
    """One of the three that WebEngage knows."""
    return _GENDERS.get(text(value).strip().lower(), "other")


def _time(value, message):
    made = date(value, _SHAPE) if isinstance(value, str) and _DATE.match(value) else None
    if made is None:
        raise InstrumentationError(message)
    return made


def _viewed(event, what):
    properties = properties_of(event)
    category = properties.get("category") or event.get("category")
    name = event.get("name") or properties.get("name")
    return " ".join(text(part) for part in ("Viewed", category, name, what) if not absent(part))


def _event(event, call, name):
    return _sent("events", _of_somebody(call.map("event", event)) | {"eventName": name}, call)


def _of_somebody(made):
    if "userId" not in made and "anonymousId" not in made:
        raise InstrumentationError("The event has neither a userId nor an anonymousId")
    return made


def _sent(path, body, call):
    settings = call.settings
    host = _HOSTS.get(settings.get("dataCenter"), _HOST)
    headers = {"Authorization": f"Bearer {settings.get('apiKey')}", "Content-Type": "application/json"}
    return request(f"{host}/v1/accounts/{settings.get('licenseCode')}/{path}", body, headers=headers)
