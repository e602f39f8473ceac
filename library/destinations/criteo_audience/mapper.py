"""Amendments of an audience's list of contacts."""

from transformer.mappers.ads import access_token
from transformer.mappers.batching import Group
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.records import audience_of
from transformer.mappers.values import items, text, url_encode

MOST = 50_000


def lists(event, call):
    """Requests that add people, and then those that remove people."""
    token = access_token(call.metadata, "The data plane sent no token of Criteo with the event")
    audience = call.settings.get("audienceId") or audience_of(event, "CRITEO_AUDIENCE", call.settings)
    if not audience:
        raise ConfigurationError("No audience is named, by the settings or the event")
    made = []
    for operation in ("add", "remove"):
        people = _identifiers(at(event, f"properties.listData.{operation}"), call.settings)
        parts = (people[start : start + MOST] for start in range(0, len(people), MOST))
        made += [_amend(operation, part, audience, token, event, call) for part in parts]
    if not made:
        raise InstrumentationError("Payload could not be populated")
    return made


def _identifiers(people, settings):
    kind = settings.get("audienceType")
    found = [one.get(kind) for one in items(people or [])]
    if not all(found):
        raise InstrumentationError(f"Required property for {text(kind)} type audience is not available in an object")
    return found


def _amend(operation, people, audience, token, event, call):
    kind = call.settings.get("audienceType")
    attributes = {"operation": operation, "identifierType": kind, "internalIdentifiers": False}
    if kind == "gum":
        if not call.settings.get("gumCallerId"):
            raise ConfigurationError("gumCallerId is required for audience type gum")
        attributes["gumCallerId"] = call.settings["gumCallerId"]
    body = {"data": {"type": "ContactlistAmendment", "attributes": attributes | {"identifiers": people}}}
    made = call.request("amend", event, body)
    made["endpoint"] += f"{url_encode(audience)}/contactlist"
    made["headers"]["Authorization"] = f"Bearer {text(token)}"
    return made


def alone(jobs, call):
    """Each event by itself; its requests are a list even where it is one."""
    return [Group(job.requests, [job], batched=False) for job in jobs]
