"""Rows of identifiers, added to an audience and removed from it."""

from transformer.mappers.ads import access_token, hashed, lowered, trimmed
from transformer.mappers.batching import Group
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.records import action_of, fields_of, settings_of
from transformer.mappers.values import absent, items, md5, text

MOST = 10_000
ACTIONS = {"insert": "add", "update": "add", "delete": "delete"}
PREFIX = "TIKTOK_AUDIENCE-"


def lists(event, call):
    """Requests that add people, and then those that remove people."""
    if not isinstance(event.get("properties"), dict):
        raise InstrumentationError("message.properties: Message properties is not present. Aborting message.")
    if not isinstance(event["properties"].get("listData"), dict):
        told = "listData is not present inside properties. Aborting message."
        raise InstrumentationError(f"message.properties.listData: {told}")
    fields = at(event, "context.destinationFields")
    schema = [name.strip() for name in fields.split(",") if name.strip()] if isinstance(fields, str) else []
    if not schema:
        raise InstrumentationError("The event does not say what it has of people (context.destinationFields)")
    made = []
    for operation, action in (("add", "add"), ("remove", "delete")):
        people = items(at(event, f"properties.listData.{operation}") or [])
        audience = _audience(event, call.settings)
        rows = [_row(one, schema, audience, call.settings) for one in people]
        parts = (rows[start : start + MOST] for start in range(0, len(rows), MOST))
        made += [_request(action, part, schema, call.settings, event, call) for part in parts]
    if not made:
        raise InstrumentationError("There is nobody in the lists of the event")
    return made


def record(event, call):
    """The request for one row."""
    settings = settings_of(call.settings, call.connection)
    action = ACTIONS[action_of(event)]
    fields = fields_of(event)
    if not fields:
        raise InstrumentationError("The row has no identifiers")
    schema = list(fields)
    row = _row(fields, schema, _audience(event, settings), settings)
    made = _request(action, [row], schema, settings, event, call)
    return made | ({"userId": text(event["userId"])} if event.get("userId") else {})


def _audience(event, settings):
    """The audience that the event names, or the one of the settings."""
    kind = at(event, "context.externalId.0.type")
    named = kind.removeprefix(PREFIX) if isinstance(kind, str) and kind.startswith(PREFIX) else settings.get("audienceId")
    if not named:
        raise ConfigurationError("No audience is named, by the settings or the event")
    return text(named)


def _row(person, schema, audience, settings):
    """One person: an identifier for every field of the schema; an empty object where it is not known."""
    made = []
    for name in schema:
        value = person.get(name)
        if absent(value) or isinstance(value, (dict, list)):
            made.append({})
        else:
            made.append({"id": _hashed(name, value) if settings.get("isHashRequired") else value, "audience_ids": [audience]})
    return made


def _hashed(name, value):
    if name.endswith("_MD5"):
        return md5(trimmed(value))
    return hashed(value, lowered if name.startswith("EMAIL") else trimmed)


def _request(action, rows, schema, settings, event, call):
    token = access_token(call.metadata, "The data plane sent no token of TikTok with the event")
    advertisers = at(call.metadata, "secret.advertiserIds") or [settings.get("advertiserId")]
    body = {"batch_data": rows, "id_schema": schema, "advertiser_ids": advertisers, "action": action}
    made = call.request("members", event, body)
    made["headers"]["Access-Token"] = token
    return made


def batches(jobs, call):
    """Rows that follow each other and do the same to an audience, together; lists by themselves."""
    groups, last = [], None
    for job in jobs:
        single = len(job.requests) == 1
        body = job.requests[0]["body"]["JSON"]
        alike = (job.requests[0]["headers"], {key: value for key, value in body.items() if key != "batch_data"})
        if job.event.get("type") == "record" and last == alike and len(groups[-1].request["body"]["JSON"]["batch_data"]) < MOST:
            groups[-1].request["body"]["JSON"]["batch_data"].extend(body["batch_data"])
            groups[-1].jobs.append(job)
            continue
        groups.append(Group(job.requests[0] if single else job.requests, [job]))
        last = alike if job.event.get("type") == "record" else None
    return groups
