"""Contacts, other records and associations, by either API, and events."""

import re
from itertools import groupby

from transformer.mappers.batching import Group, by_limits
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items, text, url_encode

ASSOCIATION = "association"


def _words(text):
    return frozenset(text.split())


STANDARD = _words(
    """email firstName firstname first_name lastName lastname last_name phone title jobtitle company website address city state
    zip zipcode postalCode postal_code country userId id anonymousId name"""
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_NO_NAME = re.compile(r"[^a-z0-9_]+")


def identify(event, call):
    """The request for the record that the event is about: an association, another object, or a contact."""
    email = field(event, "email")
    if email is not None and not (isinstance(email, str) and _EMAIL.fullmatch(email)):
        raise InstrumentationError.quoting('Email "{}" is invalid', text(email))
    named = _named(event) if at(event, "context.mappedToDestination") else None
    if named is not None:
        kind = named["type"].split("-", 1)[1].lower()
        return _association(named, event, call) if kind == ASSOCIATION else _object(kind, named, event, call)
    if call.settings.get("apiVersion") == "newApi":
        return _contact(event, call)
    if email is None:
        raise InstrumentationError("A contact cannot be kept without an email address")
    properties = [{"property": key, "value": value} for key, value in _properties(event, call).items()]
    return _signed(call.request("contact", event, {"properties": properties}), call)


def _named(event):
    """The id of another record than a contact, as `HS-companies`."""
    for one in items(at(event, "context.externalId") or []):
        if isinstance(one.get("type"), str) and one["type"].upper().startswith(("HS-", "HUBSPOT-")):
            return one
    return None


def _association(named, event, call):
    ends = [named.get(key) for key in ("fromObjectType", "toObjectType")]
    if not all(isinstance(one, str) and one for one in ends) or absent(named.get("associationTypeId")):
        raise InstrumentationError("An association wants fromObjectType, toObjectType and associationTypeId in its external id")
    given = traits(event)
    if absent(given.get("from")) or absent(given.get("to")):
        raise InstrumentationError("An association wants the traits from and to")
    one = {"to": given["to"], "from": given["from"], "type": named["associationTypeId"]}
    return _batch("associate", "associations", f"{url_encode(ends[0])}/{url_encode(ends[1])}/batch/create", [one], event, call)


def _object(kind, named, event, call):
    ident = named.get("id")
    if absent(ident) or isinstance(ident, (dict, list)):
        raise InstrumentationError("The external id of the record has no id")
    by = named.get("identifierType")
    one = {"id": text(ident), "properties": {key: value for key, value in traits(event).items() if value is not None}}
    if isinstance(by, str) and by and by != "id":
        one = {"idProperty": by, **one}
        one["properties"].setdefault(by, ident)
        return _batch("upsert", "objects", f"{url_encode(kind)}/batch/upsert", [one], event, call)
    return _batch("upsert", "objects", f"{url_encode(kind)}/batch/update", [one], event, call)


def _contact(event, call):
    """A contact by the property that the settings name, or by its email address."""
    properties = _properties(event, call)
    wanted = call.settings.get("lookupField")
    for by in (wanted, "email"):
        ident = properties.get(by) if isinstance(by, str) and by else None
        if not absent(ident):
            one = {"idProperty": by, "id": text(ident), "properties": properties}
            return _batch("upsert", "objects", "contacts/batch/upsert", [one], event, call)
    raise InstrumentationError("A contact cannot be kept without its lookupField or an email address")


def _properties(event, call):
    """A contact's properties: HubSpot's by their names, and all other traits under names that HubSpot can have."""
    own = {
        _NO_NAME.sub("_", key.strip().lower()): ";".join(map(text, value)) if isinstance(value, list) else value
        for key, value in traits(event).items()
        if key not in STANDARD and value is not None and not isinstance(value, dict)
    }
    return own | call.map("contact", event)


def company(event, call):
    """The name of the company."""
    given = field(event, "company")
    return given.get("name") if isinstance(given, dict) else given


def _batch(name, kind, path, inputs, event, call):
    made = _signed(call.request(name, event, {"inputs": inputs}), call)
    made["endpoint"] += path
    made["endpointPath"] = f"/crm/v3/{kind}/{path}"
    return made


def _signed(made, call):
    """The request with what opens the account."""
    if call.settings.get("authorizationType") == "newPrivateAppApi":
        made["headers"]["Authorization"] = f"Bearer {text(call.settings.get('accessToken'))}"
    else:
        made["params"]["hapikey"] = call.settings.get("apiKey")
    return made


def track(event, call):
    """The request that reports an event."""
    if call.settings.get("apiVersion") != "newApi":
        own = {key: one for key, one in _properties(event, call).items() if key != "email"}
        made = call.request("pixel", event)
        made["params"] = call.map("pixel", event) | own
        return made
    rule = _rule(event, call)
    made = _signed(call.request("event", event), call)
    body = made["body"]["JSON"]
    if not (body.get("email") or body.get("utk") or body.get("objectId")):
        raise InstrumentationError("An event wants email, utk or objectId, to tell whose it is")
    body["eventName"] = rule["hubspotEventName"]
    given = event.get("properties")
    named = {
        one["to"]: at(given, one["from"])
        for one in items(rule.get("eventProperties") or [])
        if isinstance(one.get("from"), str) and isinstance(one.get("to"), str) and one["to"]
    }
    properties = {key: value for key, value in named.items() if value is not None}
    if properties:
        body["properties"] = properties
    return made


def _rule(event, call):
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    for rule in items(call.settings.get("hubspotEvents") or []):
        known = rule.get("rsEventName")
        if isinstance(known, str) and known.lower() == name.lower() and rule.get("hubspotEventName"):
            return rule
    raise ConfigurationError("The settings name no custom event of HubSpot for this event")


def batches(jobs, call):
    """Records of the same kind together; what is no list of records leaves alone."""
    groups = []
    for listing, some in groupby(jobs, key=_lists):
        if listing:
            groups += by_limits(list(some), call.functions["BATCHING"] | {"list": "inputs"})
        else:
            groups += [Group(job.requests[0], [job], batched=False) for job in some]
    return groups


def _lists(job):
    return "inputs" in job.requests[0]["body"]["JSON"]
