"""Users with their organizations and fields of their own, and who did what."""

import re

from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at
from transformer.mappers.values import basic_auth, text


def _words(text):
    return frozenset(text.split())


STANDARD = _words(
    """name email phone timeZone timezone locale details notes tags avatar company organization userId id external_id
    firstName firstname first_name lastName lastname last_name"""
)
_NO_KEY = re.compile(r"\W+")


def user(event, call):
    """The request for a user; it takes them out of their organization where the settings and the event say so."""
    made = _signed("user", event, call)
    if _leaves(event, call):
        made["body"]["JSON"]["user"]["organization_id"] = None
    return made


def group(event, call):
    """The request for an organization, and one that puts the user of the event into it."""
    made = [_signed("organization", event, call)]
    return [*made, _signed("member", event, call)] if event.get("userId") else made


def track(event, call):
    """The request for an event in a user's timeline."""
    return _signed("event", event, call)


def _signed(name, event, call):
    """A request that opens the account: an agent's address with a token in the place of a password."""
    made = call.request(name, event)
    made["headers"]["Authorization"] = basic_auth(f"{text(call.settings.get('email') or '')}/token", call.settings["apiToken"])
    return made


def company(event, call):
    """The name of the user's organization."""
    given = field(event, "company")
    name = given.get("name") if isinstance(given, dict) else given
    return None if name in (None, "") or _leaves(event, call) else text(name)


def _leaves(event, call):
    removed = any(at(event, f"{place}.company.remove") is True for place in ("traits", "context.traits"))
    return removed and bool(call.settings.get("removeUsersFromOrganization"))


def fields(event, call):
    """Traits that Zendesk has no place of its own for, under the keys of custom fields."""
    found = {
        _NO_KEY.sub("_", key).lower(): value
        for key, value in traits(event).items()
        if key not in STANDARD and value is not None and not isinstance(value, (dict, list))
    }
    return found or None


def identifiers(event, call):
    """By what Zendesk knows the person of an event."""
    email = at(event, "traits.email") or at(event, "context.traits.email")
    found = [{"type": "email", "value": email}]
    if field(event, "user_id_only"):
        found.append({"type": "external_id", "value": text(field(event, "user_id_only"))})
    return found
