"""Ortto: people and activities, with fields named by their types."""

from transformer.mappers.ads import at_setting, properties_of
from transformer.mappers.batching import by_limits
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import field
from transformer.mappers.timestamps import moment
from transformer.mappers.values import EMPTY, absent, items, text

_HOSTS = {"au": "https://api.au.ap3api.com/v1", "eu": "https://api.eu.ap3api.com/v1"}
_HOST = "https://api.ap3api.com/v1"
_TYPES = {
    "text": "str",
    "email": "str",
    "longText": "txt",
    "number": "int",
    "decimalNumber": "int",
    "currency": "int",
    "date": "dtz",
    "timeAndDate": "tme",
    "boolean": "bol",
    "phone": "phn",
    "singleSelect": "str",
    "multiSelect": "sst",
    "link": "lnk",
    "object": "obj",
}
_PLACES = ("geo::city", "geo::country", "geo::region")


def day(value):
    """A day, as Ortto writes it."""
    read = moment(value)
    return None if read is None else {"day": read.day, "month": read.month, "year": read.year}


def identify(event, call):
    """A person."""
    known = _traits(event)
    person = {"fields": _fields(event, call, known)}
    for key in ("tags", "unset_tags"):
        if known.get(key):
            person[key] = known[key] if isinstance(known[key], list) else [known[key]]
    return _sent("person/merge", {"people": [person]}, call)


def track(event, call):
    """An activity, as the settings name it."""
    for rule in items(call.settings.get("orttoEventsMapping") or []):
        if rule.get("rsEventName") and rule["rsEventName"] == event.get("event") and rule.get("orttoEventName"):
            break
    else:
        raise ConfigurationError("The settings name no activity of Ortto for this event", step="prepareTrackPayload")
    properties = properties_of(event)
    attributes = _named(rule.get("eventProperties"), "rudderProperty", "orttoProperty", properties)
    context = event.get("context")
    address = context.get("ip") if isinstance(context, dict) else None
    activity = {
        "fields": _fields(event, call, _traits(event)),
        "activity_id": f"act:cm:{_plain(rule['orttoEventName'])}",
        "attributes": attributes,
        "location": {"source_ip": address} if address else {},
    }
    return _sent("activities/create", {"activities": [activity]}, call)


def _traits(event):
    found = field(event, "traits")
    return found if isinstance(found, dict) else EMPTY


def _fields(event, call, known):
    made = {place: {} for place in _PLACES} | call.map("person", event)
    return made | _named(call.settings.get("orttoPersonAttributes"), "rudderTraits", "orttoAttribute", known)


def _named(rules, source, target, values):
    made = {}
    for rule in items(rules or []):
        value = at_setting(values, rule.get(source))
        if not absent(value) and rule.get(target):
            made[f"{_TYPES.get(text(rule.get('type')), 'str')}:cm:{_plain(rule[target])}"] = value
    return made


def _plain(name):
    return "-".join(text(name).lower().split())


def _sent(path, body, call):
    settings = call.settings
    headers = {"X-Api-Key": settings["privateApiKey"], "Content-Type": "application/json"}
    body["merge_by"] = ["str::ei", "str::email"]
    return request(f"{_HOSTS.get(settings['instanceRegion'], _HOST)}/{path}", body, headers=headers)


def batches(jobs, call):
    """As many people or activities in a request as Ortto takes."""
    kinds = {}
    for job in jobs:
        kinds.setdefault("people" if "people" in job.requests[0]["body"]["JSON"] else "activities", []).append(job)
    return [group for kind, some in kinds.items() for group in by_limits(some, {"events": 100, "list": kind})]
