"""Members of a segment, added and removed."""

import hashlib

from transformer.mappers.ads import hashed, lowered
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.records import settings_of
from transformer.mappers.values import text

ACTIONS = {"insert": "ADD", "update": "ADD", "delete": "REMOVE"}
KINDS = {"user": "users", "company": "companies"}
ID_TYPES = {"sha256Email": "SHA256_EMAIL", "sha512Email": "SHA512_EMAIL", "googleAid": "GOOGLE_AID"}
WORDS = {bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
TELL_SUPPORT = "Access Token is not present. This might be a platform issue. Please contact RudderStack support for assistance."


def record(event, call):
    """The request for one row: a person by the hashes of what is known of them, or a company."""
    settings = settings_of(call.settings, call.connection)
    _check(event, call, settings)
    kind = settings["audienceType"]
    identifiers, fields = event["identifiers"], event["fields"]
    action = {"action": ACTIONS[event["action"]]}
    if kind == "user":
        element = action | {"userIds": _ids(identifiers, settings)} | _given(fields)
    else:
        element = action | _given(identifiers) | _given(fields)
    made = call.request("members", event, {"elements": [element]})
    made["endpoint"] += f"{text(settings['audienceId'])}/{KINDS[kind]}"
    made["endpointPath"] = f"/dmpSegments/<audienceId>/{KINDS[kind]}"
    made["headers"]["Authorization"] = f"Bearer {text(call.metadata['secret']['accessToken'])}"
    return made


def _check(event, call, settings):
    """Refuse what is missing or of a wrong kind; the error says where."""
    for key in ("fields", "identifiers", "action"):
        if event.get(key) is None:
            raise InstrumentationError(f"message.{key}: {key} is not present. Aborting message.")
    for key in ("fields", "identifiers"):
        if not isinstance(event[key], dict):
            raise InstrumentationError(f"message.{key}: Expected object, received {_word(event[key])}")
    for key, value in event["identifiers"].items():
        if not isinstance(value, str):
            raise InstrumentationError(f"message.identifiers.{key}: Expected string, received {_word(value)}")
    if not isinstance(event["action"], str) or event["action"] not in ACTIONS:
        raise InstrumentationError("message.action: Invalid enum value. Expected 'insert' | 'update' | 'delete'")
    if not at(call.metadata, "secret.accessToken"):
        raise InstrumentationError(f"metadata.secret.accessToken: {TELL_SUPPORT}")
    for key in ("audienceType", "audienceId"):
        if settings.get(key) in (None, ""):
            raise InstrumentationError(f"connection.config.destination.{key}: {key} is not present. Aborting")
    kind = settings["audienceType"]
    if text(kind) not in KINDS:
        told = "Invalid enum value. Expected 'user' | 'company', received '{}'"
        raise InstrumentationError.quoting(f"connection.config.destination.audienceType: {told}", text(kind))


def _word(value):
    return WORDS.get(type(value), "string")


def _ids(identifiers, settings):
    hashing = settings.get("isHashRequired")
    return [
        {"idType": ID_TYPES[key], "idValue": _hashed(key, value) if hashing else value}
        for key, value in identifiers.items()
        if key in ID_TYPES and value
    ]


def _hashed(key, value):
    if key == "sha256Email":
        return hashed(value)
    if key == "sha512Email":
        return hashlib.sha512(lowered(value).encode("utf-8", "surrogatepass")).hexdigest()
    return value


def _given(values):
    return {key: value for key, value in values.items() if value is not None and value != ""}
