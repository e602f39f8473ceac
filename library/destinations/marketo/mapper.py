"""Marketo: leads by number or email, activities of leads."""

from transformer.mappers.ads import access_token
from transformer.mappers.batching import by_limits
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import traits
from transformer.mappers.paths import at
from transformer.mappers.values import absent, integer, items, text

_UNASKED = "The data plane sent no access token for Marketo with the event"
_LIMITS = {"events": 300, "list": "input"}


def identify(event, call):
    """A lead that is made or changed."""
    lead = call.map("lead", event)
    known = traits(event)
    for rule in items(call.settings.get("leadTraitMapping") or []):
        value = _at(known, rule.get("from"))
        if not absent(value) and rule.get("to"):
            lead[text(rule["to"])] = value
    if "id" not in lead and "email" not in lead:
        raise InstrumentationError("A lead needs an email, or a number as external id of type marketoLeadId")
    by = "id" if "id" in lead else "email"
    action = "updateOnly" if by == "id" or call.settings.get("createIfNotExist") is False else "createOrUpdate"
    return _sent("lead", event, call, {"action": action, "lookupField": by, "input": [lead]})


def track(event, call):
    """An activity of a lead; nothing for events that the settings know no activity for."""
    properties = event.get("properties")
    for rule in items(call.settings.get("rudderEventsMapping") or []):
        kind = integer(rule.get("marketoActivityId"))
        if rule.get("event") and rule["event"] == event.get("event") and kind is not None:
            break
    else:
        return None
    name = _at(properties, rule.get("marketoPrimarykey"))
    if absent(name):
        raise InstrumentationError(
            "The event lacks the property that names its activity: rudderEventsMapping, marketoPrimarykey"
        )
    activity = {"activityTypeId": kind, "primaryAttributeValue": text(name)} | call.map("activity", event)
    told = []
    for one in items(call.settings.get("customActivityPropertyMap") or []):
        value = _at(properties, one.get("from"))
        if not absent(value) and one.get("to"):
            told.append({"apiName": text(one["to"]), "value": value})
    if told:
        activity["attributes"] = told
    return _sent("activity", event, call, {"input": [activity]})


def _at(value, path):
    return at(value, path) if isinstance(path, str) and path else None


def _sent(kind, event, call, body):
    made = call.request(kind, event, body)
    made["headers"]["Authorization"] = f"Bearer {access_token(call.metadata, _UNASKED)}"
    return made


def batches(jobs, call):
    """As many leads or activities in a request as Marketo takes, of those that are asked for alike."""
    alike = {}
    for job in jobs:
        body = job.requests[0]["body"]["JSON"]
        alike.setdefault((body.get("action"), body.get("lookupField")), []).append(job)
    return [group for some in alike.values() for group in by_limits(some, _LIMITS)]
