"""Contacts with fields of their own, and triggers of journeys."""

from urllib.parse import quote

from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field, traits
from transformer.mappers.values import items, text, url_encode

KNOWN = frozenset(
    (
        *("email", *NAME_TRAITS, "phone", "company", "title"),
        *("website", "address", "street", "city", "state", "zip", "zipcode", "postalCode", "postal_code", "country"),
        *("userId", "anonymousId"),
    )
)
STEP = "preparePayloadForTrack"


def track(event, call):
    """The request that starts a journey for a contact."""
    email = field(event, "email")
    if not email:
        raise InstrumentationError("Email is required for track calls", step=STEP)
    trigger = _trigger(event, call.settings)
    if not trigger:
        raise ConfigurationError("No trigger is set for the event", step=STEP)
    made = call.request("trigger", event)
    return made | {"endpoint": f"{made['endpoint']}{url_encode(trigger)}/contact/{quote(text(email), safe='@+')}"}


def _trigger(event, settings):
    """The trigger that a rule names for the event, or the one for all."""
    name = event.get("event")
    for rule in items(settings.get("customMappings") or []):
        if name and rule.get("to") == name and rule.get("from"):
            return rule["from"]
    return settings.get("triggerId")


def custom(event, call):
    """Traits that Autopilot has no place of its own for."""
    return {key: value for key, value in traits(event).items() if key not in KNOWN and value is not None} or None


def company(event, call):
    """The name of the company."""
    given = field(event, "company")
    return given.get("name") if isinstance(given, dict) else given
