"""Mautic: contacts with their checks, members of groups."""

import re

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.values import EMPTY, absent, basic_auth, text, url_encode

_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
_PHONE = re.compile(r"\+?[\d\s()./-]+")
_FEWEST_DIGITS = 10
_LINE = 64
"""Characters that a line of an address may have."""
_ROLES = ("individual contributor", "manager", "director", "vice president", "vp", "executive", "c-level", "owner", "founder")
_GROUPS = {"segments": "segments", "companies": "companies", "campaigns": "campaigns"}


def one_of(key, value, known):
    """The value, where it is one of those that Mautic knows."""
    if text(value).strip().lower() not in known:
        raise InstrumentationError(f"Invalid entry for key {key}")
    return value


def title(value):
    """Mr, Mrs or Miss."""
    return one_of("title", value, ("mr", "mrs", "miss", "ms", "mr.", "mrs.", "ms."))


def role(value):
    """What somebody is at work."""
    return one_of("role", value, (*_ROLES, "consultant", "partner", "intern", "other"))


def has_purchased(value):
    """Yes or no."""
    return one_of("haspurchased", value, ("yes", "no"))


def prospect_or_customer(value):
    """One of the two."""
    return one_of("prospect_or_customer", value, ("prospect", "customer"))


def email(value):
    """An address that mail could be sent to."""
    if not _EMAIL.fullmatch(text(value).strip()):
        raise InstrumentationError("The provided email is invalid")
    return value


def phone(value):
    """A number that could be called."""
    spelled = text(value).strip()
    if not _PHONE.fullmatch(spelled) or sum(sign.isdigit() for sign in spelled) < _FEWEST_DIGITS:
        raise InstrumentationError("The provided phone number is invalid")
    return value


def words(value):
    """Each word with a capital letter, as the names of states are."""
    return " ".join(word[:1].upper() + word[1:] for word in text(value).split())


def identify(event, call):
    """A contact that is made, or changed where the event knows its id."""
    body = call.map("contact", event)
    address = field(event, "address")
    if address:
        whole = "".join(f"{text(part)} " for part in address.values()) if isinstance(address, dict) else text(address)
        body |= {"address1": whole[:_LINE], "address2": whole[_LINE : 2 * _LINE]}
    known = external_id(event, "mauticContactId")
    if known:
        return _sent(call, f"contacts/{url_encode(known)}/edit", body, "PATCH")
    return _sent(call, "contacts/new", body)


def group(event, call):
    """A contact that becomes a member, or is one no longer."""
    known = field(event, "traits")
    known = known if isinstance(known, dict) else EMPTY
    kind = known.get("type")
    if absent(kind):
        raise InstrumentationError("`type` is missing in the traits")
    lowered = text(kind).strip().lower()
    if lowered not in _GROUPS:
        raise InstrumentationError.quoting(
            'Grouping type "{}" is not supported. Only "Segments", "Companies", and "Campaigns" are supported', lowered
        )
    if absent(event.get("groupId")):
        raise InstrumentationError("`groupId` is missing in the event")
    contact = external_id(event, "mauticContactId")
    if not contact:
        raise InstrumentationError("The event does not say its contact: context.externalId has none of type mauticContactId")
    operation = "remove" if text(known.get("operation") or "").lower() == "remove" else "add"
    return _sent(call, f"{_GROUPS[lowered]}/{url_encode(event['groupId'])}/contact/{url_encode(contact)}/{operation}")


def _sent(call, path, body=None, method="POST"):
    settings = call.settings
    host = f"{settings['subDomainName']}.mautic.net" if settings.get("subDomainName") else settings["domainName"]
    host = text(host).removeprefix("https://").rstrip("/")
    headers = {"Content-Type": "application/json", "Authorization": basic_auth(settings["userName"], settings["password"])}
    return request(f"https://{host}/api/{path}", body, method=method, headers=headers)
