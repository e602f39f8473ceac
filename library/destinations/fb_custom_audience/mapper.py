"""People as rows of a table whose columns are the fields that Meta matches by, normalized as it asks for and hashed."""

import hashlib
import hmac
import re

from transformer.mappers.ads import is_hash, properties_of
from transformer.mappers.batching import Group
from transformer.mappers.emails import EMAIL
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.records import action_of, action_rank, audience_of, bare, fields_of, settings_of
from transformer.mappers.values import absent, items, json_text, number, sha256, text

__all__ = ["action_rank", "audience", "batches", "row"]

_NAME = "FB_CUSTOM_AUDIENCE"
_MOST = 10_000
_BYTES = 4_000_000
_METHODS = {"add": "POST", "remove": "DELETE"}
_VALUE = "LOOKALIKE_VALUE"
# Ids are never hashed: Meta knows them as they are.
_PLAIN = frozenset({"MADID", "EXTERN_ID", _VALUE})
_SPACE = re.compile(r"\s+")
_NO_LETTER = re.compile(r"[^a-z]")
_NO_NAME = re.compile(r"[\d\s!-/:-@\[-`{-~]+")
_INITIAL = re.compile(r"[^a-z0-9!-/:-@\[-`{-~]")
_NO_DIGIT = re.compile(r"\D+")
_VALID = {
    "COUNTRY": re.compile(r"[a-z]{2}"),
    "EMAIL": EMAIL,
    "PHONE": re.compile(r"[\s+]*\d[\d\s().-]{5,20}"),
}
_GENDERS = {"female": "f", "male": "m", "f": "f", "m": "m"}


def audience(event, call):
    """People who leave an audience, and people who come to it."""
    settings = call.settings
    _check(settings, event)
    properties = properties_of(event)
    if not properties:
        raise InstrumentationError("Message properties is not present. Aborting message.")
    lists = properties.get("listData")
    if not isinstance(lists, dict) or not lists:
        raise InstrumentationError("listData is not present inside properties. Aborting message.")
    schema = _schema(settings, ())
    made = []
    for action in ("remove", "add"):
        people = [_person(one, schema, settings) for one in items(lists.get(action) or [])]
        made += [_sent(part, schema, action, event, call, settings) for part in _parts(people)]
    if not made:
        raise InstrumentationError("listData has nobody to add or to remove")
    return made


@bare
def row(event, call):
    """A row of a table as a person who comes, or leaves."""
    settings = settings_of(call.settings, call.connection)
    _check(settings, event)
    action = "remove" if action_of(event) == "delete" else "add"
    given = fields_of(event)
    mapped = "identifiers" in event or (isinstance(event.get("context"), dict) and event["context"].get("mappedToDestination"))
    schema = list(given) if mapped else _schema(settings, given)
    if not schema:
        raise InstrumentationError("The record tells nothing of a person")
    if _VALUE in schema and not settings.get("isValueBasedAudience"):
        raise ConfigurationError("LOOKALIKE_VALUE field can only be used for Value-Based Custom Audiences.")
    return _sent([_person(given, schema, settings)], schema, action, event, call, settings)


def batches(jobs, call):
    """Rows with the same action and the same columns together."""
    groups, rows = [], {}
    for job in jobs:
        rank = action_rank(job.event)
        if rank < 0:
            groups.append(Group(job.requests, [job], batched=False))
        else:
            made = job.requests[0]
            about = {key: one for key, one in made["body"]["JSON"]["payload"].items() if key != "data"}
            rows.setdefault((rank, json_text([made["endpoint"], made["params"], about])), []).append(job)
    for alike in rows.values():
        first = alike[0].requests[0]
        people = [(job.requests[0]["body"]["JSON"]["payload"]["data"][0], job) for job in alike]
        for part in _parts(people, lambda one: one[0]):
            payload = first["body"]["JSON"]["payload"] | {"data": [person for person, _ in part]}
            body = first["body"] | {"JSON": {"payload": payload}}
            groups.append(Group([first | {"body": body}], [job for _, job in part]))
    return groups


def _parts(people, told=lambda one: one):
    """People in parts that a request has room for."""
    part, used = [], 0
    for one in people:
        size = len(json_text(told(one)))
        if part and (len(part) == _MOST or used + size > _BYTES):
            yield part
            part, used = [], 0
        part.append(one)
        used += size
    if part:
        yield part


def _check(settings, event):
    if absent(settings.get("accessToken")):
        raise ConfigurationError("Access Token is a mandatory field")
    if absent(audience_of(event, _NAME, settings)):
        raise ConfigurationError("Audience ID is a mandatory field")


def _schema(settings, otherwise):
    given = settings.get("userSchema")
    names = given if isinstance(given, list) else [] if absent(given) else [given]
    return [one.strip() for one in names if isinstance(one, str) and one.strip()] or list(otherwise)


def _person(given, schema, settings):
    """The values of the columns, "" where there is none."""
    if not schema:
        raise ConfigurationError("userSchema names nothing by which people are known")
    told, known = [], False
    for name in schema:
        value = given.get(name)
        if name == _VALUE:
            told.append(_amount(value))
            known = True
            continue
        one = _told(name, value, settings)
        known = known or one != ""
        told.append(one)
    if not known:
        raise InstrumentationError(
            f"All user properties [{', '.join(schema)}] are invalid or null. At least one valid field is required."
        )
    return told


def _amount(value):
    """What a person is worth: a number that is not negative, or 0."""
    found = number(value) if not isinstance(value, (dict, list, bool)) and not absent(value) else None
    return found if found is not None and found >= 0 else 0


def _told(name, value, settings):
    if absent(value) or isinstance(value, (dict, list)):
        return ""
    hashing = settings.get("isHashRequired", True) and name not in _PLAIN
    if hashing and is_hash(value):
        raise InstrumentationError(
            f"Hashing is enabled but the value for field {name} appears to already be hashed. "
            "Either disable hashing or send unhashed data."
        )
    # What comes hashed cannot be normalized any more.
    if not settings.get("disableFormat") and not is_hash(value):
        value = _normal(name, text(value))
    if not hashing or value == "":
        return value
    return sha256(value) if name not in _VALID or _VALID[name].fullmatch(text(value)) else ""


def _normal(name, value):
    """The value as Meta wants it before it is hashed."""
    plain = value.strip().lower()
    match name:
        case "EMAIL" | "MADID" | "COUNTRY":
            made = plain
        case "PHONE":
            made = _NO_DIGIT.sub("", plain).lstrip("0")
        case "GEN":
            made = _GENDERS.get(plain, plain[:1])
        case "DOBM" | "DOBD":
            made = plain.zfill(2)
        case "FN" | "LN" | "CT":
            made = _NO_NAME.sub("", plain)
        case "FI":
            made = _INITIAL.sub("", plain)
        case "ST":
            made = _NO_LETTER.sub("", plain)
        case "ZIP":
            made = _SPACE.sub("", plain)
        case _:
            made = value.strip()
    return made


def _sent(people, schema, action, event, call, settings):
    payload = {"schema": schema, "data": people}
    if settings.get("isRaw"):
        payload["is_raw"] = True
    source = {
        key: settings[setting]
        for key, setting in (("type", "type"), ("sub_type", "subType"))
        if not absent(settings.get(setting)) and settings[setting] != "NA"
    }
    if source:
        payload["data_source"] = source
    token = settings["accessToken"]
    params = {"access_token": token}
    if not absent(settings.get("appSecret")):
        now = int(call.now().timestamp())
        signed = hmac.new(text(settings["appSecret"]).encode(), f"{token}|{now}".encode(), hashlib.sha256)
        params |= {"appsecret_proof": signed.hexdigest(), "appsecret_time": now}
    audience_id = text(audience_of(event, _NAME, settings))
    return request(
        f"https://graph.facebook.com/v25.0/{audience_id}/users",
        {"payload": payload},
        method=_METHODS[action],
        params=params,
        path="users",
    )
