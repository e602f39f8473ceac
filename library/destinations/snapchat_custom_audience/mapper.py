"""People added to a segment, and people removed from it, by hashes."""

import re

from transformer.mappers.ads import access_token, hashed
from transformer.mappers.batching import Group
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items, text

MOST = 100_000
SCHEMAS = {
    "email": ("email", "EMAIL_SHA256"),
    "phone": ("phone", "PHONE_SHA256"),
    "mobileAdId": ("mobileId", "MOBILE_AD_ID_SHA256"),
}
METHODS = {"add": "POST", "remove": "DELETE"}
_NO_DIGIT = re.compile(r"\D")


def lists(event, call):
    """Requests that add people, and then those that remove people."""
    token = access_token(call.metadata, "The data plane sent no token of Snapchat with the event")
    schema = call.settings.get("schema") or "email"
    if schema not in SCHEMAS:
        raise ConfigurationError("The schema of the audience is none of email, phone and mobileAdId")
    made = []
    for operation, method in METHODS.items():
        given = at(event, f"properties.listData.{operation}")
        if given:
            people = _people(given, schema, call.settings)
            parts = (people[start : start + MOST] for start in range(0, len(people), MOST))
            made += [_request(method, part, schema, token, event, call) for part in parts]
    if not made:
        raise InstrumentationError("There is nobody in the lists of the event")
    return made


def _people(given, schema, settings):
    key, _ = SCHEMAS[schema]
    found = [one[key] for one in items(given) if not absent(one.get(key)) and not isinstance(one[key], (dict, list))]
    if not found:
        raise InstrumentationError(f"Required schema parameter {schema} is not found from payload")
    if settings.get("disableHashing"):
        return [[value] for value in found]
    return [[hashed(value, _digits) if schema == "phone" else hashed(value)] for value in found]


def _digits(value):
    """A telephone number as Snapchat hashes it: digits alone, without zeros before them."""
    return _NO_DIGIT.sub("", text(value)).lstrip("0")


def _request(method, people, schema, token, event, call):
    users = {"schema": [SCHEMAS[schema][1]], "data": people}
    if method == "DELETE":
        users["id"] = call.settings["segmentId"]
    made = call.request("users", event, {"users": [users]})
    made["method"] = method
    made["headers"]["Authorization"] = f"Bearer {text(token)}"
    return made


def alone(jobs, call):
    """Each event by itself; its requests are a list even where it is one."""
    return [Group(job.requests, [job], batched=False) for job in jobs]
