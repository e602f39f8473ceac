"""Intercom: users of version 1.4 or contacts of version 2.10, with custom attributes; events; companies."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field, traits
from transformer.mappers.operators import is_number
from transformer.mappers.paths import at, without
from transformer.mappers.values import absent, flatten, items, md5, text

_HOSTS = {"eu": "https://api.eu.intercom.io", "au": "https://api.au.intercom.io"}
_HOST = "https://api.intercom.io"
_VERSIONS = {"v1": "1.4", "v2": "2.10"}
_IDENTIFY_STEPS = {"v1": "identifyPayloadForOlderVersion", "v2": "identifyPayloadForLatestVersion"}
# Traits that are fields of a user, a contact or a company; all others are custom attributes.
_OF_PERSON = frozenset(
    {
        *("userId", "id", "email", "phone", "name", "createdAt"),
        *NAME_TRAITS,
    }
)
_OF_USER = _OF_PERSON | {"company", "companies"}
_OF_CONTACT = _OF_PERSON | {"role", "avatar", "lastSeenAt", "ownerId", "unsubscribedFromEmails"}
_OF_COMPANY = frozenset(
    {
        *("id", "company_id", "name", "website", "plan", "size", "employees", "industry"),
        *("monthlySpend", "monthly_spend", "createdAt", "created_at"),
    }
)
# What Intercom shows as more than a text: amounts of money, and links.
_RICH = (("amount", "currency"), ("url", "value"))


def identify(event, call):
    """A user, or a contact."""
    version = _version(call)
    if at(event, "context.mappedToDestination"):
        body = _of_warehouse(event, version)
        if version == "v1":
            body["update_last_request_at"] = call.settings.get("updateLastRequestAt") is not False
        if named := name(event, call):
            body["name"] = named
    else:
        body = call.map("user" if version == "v1" else "contact", event)
    if "email" not in body and "user_id" not in body and "external_id" not in body:
        message = "Either of `email` or `userId` is required for Identify call"
        raise InstrumentationError(message, step=_IDENTIFY_STEPS[version])
    return _sent("users" if version == "v1" else "contacts", body, event, call)


def track(event, call):
    """An event of a user."""
    if at(event, "context.mappedToDestination"):
        return _sent("events", _of_warehouse(event, _version(call)), event, call)
    try:
        body = call.map("event", event)
    except InstrumentationError as wrong:
        wrong.step = "trackPayload"
        raise
    if "email" not in body and "user_id" not in body:
        raise InstrumentationError("Either email or userId is required for Track call", step="trackPayload")
    return _sent("events", body, event, call)


def group(event, call):
    """A company; and, in the first version, that the user belongs to it."""
    try:
        company = call.map("company", event)
    except InstrumentationError as wrong:
        wrong.step = "groupPayload"
        raise
    made = [_sent("companies", company, event, call)]
    person = call.map("member", event)
    if _version(call) == "v1" and person:
        belongs = {key: company[key] for key in ("company_id", "name") if key in company}
        made.append(_sent("users", person | {"companies": [belongs]}, event, call))
    return made


def name(this, call):
    """The user's name, or its parts together."""
    known = traits(this)
    if not absent(known.get("name")):
        return known["name"]
    parts = (field(this, "first_name"), field(this, "last_name"))
    return " ".join(text(one) for one in parts if not absent(one)) or None


def user_attributes(this, call):
    """A user's traits that are no fields."""
    return _attributes(field(this, "traits"), _OF_USER)


def contact_attributes(this, call):
    """A contact's traits that are no fields."""
    return _attributes(field(this, "traits"), _OF_CONTACT)


def company_attributes(this, call):
    """A group's traits that are no fields."""
    return _attributes(this.get("traits"), _OF_COMPANY)


def membership_attributes(this, call):
    """What a user's trait says of a company beside its fields."""
    return _attributes(this, _OF_COMPANY)


def companies(this, call):
    """The companies that a user's traits name; one without an id is known by its name."""
    known = traits(this)
    given = known.get("companies") if known.get("company") is None else known["company"]
    if not isinstance(given, (list, dict)):
        return None
    found = []
    for one in items(given):
        company = call.map("membership", one)
        if "company_id" not in company:
            if absent(one.get("name")):
                continue
            company["company_id"] = md5(one["name"])
        found.append(company)
    return found


def metadata(value):
    """Properties one below the other, but for those that Intercom takes as amounts and links."""
    if not isinstance(value, dict):
        return None
    made = {}
    for key, one in value.items():
        if isinstance(one, dict) and any(all(part in one for part in rich) for rich in _RICH):
            made[key] = one
        else:
            made |= flatten({key: one}, brackets=True)
    return made


def _attributes(given, known):
    if not isinstance(given, dict):
        return None
    return flatten(without(given, known), brackets=True) or None


def _of_warehouse(event, version):
    """What reverse ETL says is the body itself, with its external id."""
    given = field(event, "traits")
    body = without(given, ("custom_attributes",) if version == "v1" else ()) if isinstance(given, dict) else {}
    external = at(event, "context.externalId.0")
    if isinstance(external, dict) and external.get("identifierType") and _is_id(external.get("id")):
        body[text(external["identifierType"])] = external["id"]
    if version == "v2" and "user_id" in body:
        body.setdefault("external_id", body["user_id"])
    return body


def _is_id(value):
    return is_number(value) or (isinstance(value, str) and value != "")


def _version(call):
    return "v2" if call.settings.get("apiVersion") == "v2" else "v1"


def _sent(path, body, event, call):
    version = _version(call)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {text(call.settings['apiKey'])}",
        "Accept": "application/json",
        "Intercom-Version": _VERSIONS[version],
        "User-Agent": "RudderStack",
    }
    host = _HOSTS.get(text(call.settings.get("apiServer")), _HOST)
    user = event.get("anonymousId") if version == "v1" else None
    return request(f"{host}/{path}", body, headers=headers, user_id=user)
