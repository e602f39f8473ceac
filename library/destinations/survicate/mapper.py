"""Respondents, companies and events, with the traits that are theirs."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at, without
from transformer.mappers.values import EMPTY

RESERVED = (
    *("user_id", "userId", "group_id", "groupId", "timestamp", "originalTimestamp", "original_timestamp"),
    *("message_id", "messageId"),
)


def identify(event, call):
    """A respondent, with their traits."""
    made = _always("identify", event, call)
    return call.request("identify", event, _traits(event) | made)


def group(event, call):
    """A company, with its traits and those of the user."""
    made = _always("group", event, call) | call.map("group", event)
    return call.request("group", event, _traits(event) | made)


def track(event, call):
    """What a respondent did, with its properties and the traits of the user."""
    made = _always("track", event, call) | call.map("track", event)
    properties = _own(at(event, "context.traits")) | (event.get("properties") if _is_object(event.get("properties")) else EMPTY)
    return call.request("track", event, made | ({"properties": properties} if properties else {}))


def _always(kind, event, call):
    made = call.map("always", event)
    if "user_id" not in made:
        raise InstrumentationError(f"message.userId: Anonymous {kind} calls are not supported. userId is required.")
    if not made.get("context"):
        made.pop("context", None)
    return made


def _traits(event):
    return _own(at(event, "context.traits")) | _own(event.get("traits"))


def _own(given):
    return without(given, RESERVED) if _is_object(given) else {}


def _is_object(value):
    return isinstance(value, dict)
