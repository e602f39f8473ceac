"""Kustomer: customers with their contacts, events by name."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import first
from transformer.mappers.values import absent, text, url_encode


def identify(event, call):
    """A customer: changed where the event knows its id, else made."""
    made = call.request("customer", event)
    known = external_id(event, "kustomerId")
    if known:
        made["method"] = "PUT"
        made["endpoint"] += f"/{url_encode(known)}?replace=false"
    return made


def track(event, call):
    """What a customer did."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Kustomer needs a name")
    return _told(text(name), event, call)


def page(event, call):
    """A page that a customer saw."""
    return _seen("Web-Page-Viewed", event.get("name"), "genericPage", event, call)


def screen(event, call):
    """A screen that a customer saw."""
    return _seen("Screen-Viewed", first(event, "event", "name", "properties.name"), "genericScreen", event, call)


def _seen(what, name, setting, event, call):
    return _told(what if absent(name) or call.settings.get(setting) else f"{what}-{text(name)}", event, call)


def _told(name, event, call):
    body = call.map("event", event)
    if "identity" not in body:
        raise InstrumentationError("The event names no customer: it has no userId, email or phone")
    body.setdefault("event", {})["name"] = name
    return call.request("event", event, body)


def name_of(event, call):
    """The customer's name, or its parts."""
    parts = [text(part) for part in (field(event, "first_name"), field(event, "last_name")) if part]
    return field(event, "name") or " ".join(parts)


def emails(event, call):
    """The addresses, as Kustomer has them, or the one that everybody has."""
    return _contacts(event, "emails", "email")


def phones(event, call):
    """The phone numbers, as Kustomer has them, or the one that everybody has."""
    return _contacts(event, "phones", "phone")


def _contacts(event, several, one):
    given = first(event, f"traits.{several}", f"context.traits.{several}")
    if isinstance(given, list):
        return given or None
    known = field(event, one)
    return [{"type": "home", one: known}] if known else None


def urls(event, call):
    """The customer's pages."""
    known = field(event, "website")
    return [{"url": known}] if known else None


def locations(event, call):
    """Where the customer lives."""
    known = field(event, "address")
    return [{"type": "home", "address": known}] if known else None
