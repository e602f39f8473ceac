"""Brevo: contacts by email, or by the address that Brevo makes of a phone number."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import without
from transformer.mappers.values import absent, digits, items, listed, text, url_encode

_TOLD = frozenset({"email", "newEmail", "phone", *NAME_TRAITS} | {"userId", "id", "anonymousId"})


def attributes(event, call):
    """What is known of a contact, under Brevo's names."""
    known = field(event, "traits")
    known = without(known, _TOLD) if isinstance(known, dict) else {}
    for rule in items(call.settings.get("contactAttributeMapping") or []):
        name = text(rule.get("from"))
        if name in known and rule.get("to"):
            known[text(rule["to"])] = known.pop(name)
    return (call.map("attributes", event) | known) or None


def identify(event, call):
    """A contact: made or changed, asked first, or taken from lists."""
    email = field(event, "email")
    leaves = external_id(event, "sendinblueUnlinkListIds")
    if leaves:
        if not email:
            raise InstrumentationError("A contact needs an email to leave a list")
        return [_left(one, email, event, call) for one in listed(leaves)]
    if call.settings.get("doi"):
        if not email:
            raise InstrumentationError("At least one of `email` or `contactId` is required to update the contact using DOI")
        return call.request("ask", event, call.map("ask", event))
    if not email and not field(event, "phone"):
        raise InstrumentationError("At least one of `email` or `phone` is required")
    return call.request("contact", event, call.map("contact", event))


def _left(one, email, event, call):
    made = call.request("contact", event, {"emails": [email]})
    made["endpoint"] += f"/lists/{url_encode(one)}/contacts/remove"
    return made


def _email(event):
    email, phone = field(event, "email"), field(event, "phone")
    if email:
        return {"email": email}
    if phone:
        return {"email": f"{digits(phone)}@mailin-sms.com"}
    raise InstrumentationError("At least one of `email` or `phone` is required")


def track(event, call):
    """What a contact did, or the link that it followed."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Brevo needs a name")
    if text(name).strip().lower() == "tracklink":
        return call.request("link", event, _email(event) | call.map("link", event))
    body = _email(event) | {"event": name, "eventdata": properties_of(event)}
    if call.settings.get("sendTraitsInTrack"):
        body["properties"] = attributes(event, call) or {}
    return call.request("event", event, body)


def page(event, call):
    """What a contact saw."""
    return call.request("page", event, _email(event) | call.map("page", event))
