"""Drops events that were seen before, within a window of time."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import sha256, text_of
from library.names.v1 import event_matcher
from library.paths.v1 import finder_list

_KEY_CHARS = 40

_parts = finder_list(parameters["key"], "key")
_scope = parameters["scope"]
_window = parameters["window_seconds"]
_concerned = event_matcher(parameters["events"])
_by_message = parameters["key"] == ["messageId"]
_drop_missing = parameters["missing"] == "drop"


def key_of(event: dict[str, Any], parts: Any, scope: str = "") -> str | None:
    """The key of an event, always of the same length: from what the parts find in it; None where they find nothing."""
    values = [[container[name] for container, name in find(event)] for find in parts]
    if not any(value is not None and value != "" for found in values for value in found):
        return None
    return "dedupe/" + sha256(f"{scope}\0{text_of(values)}", "", "base64url")[:_KEY_CHARS]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event if its key was seen before."""
    if not _concerned(event):
        return event
    key = key_of(event, _parts, _scope)
    if key is None:
        if _drop_missing:
            raise Drop("there is no key to compare")
        return event
    delivery = _delivery(event, metadata(event))
    if kv.set_if_absent(key, delivery, ttl=_window):
        return event
    if delivery and kv.get(key) == delivery:
        return event  # the very event that was seen first, sent again
    raise Drop("duplicate")


def _delivery(event: dict[str, Any], known: dict[str, Any]) -> str:
    """What an event keeps when it is sent again after a failure: its job; else its messageId, unless that is the key; or ""."""
    job, message = known.get("jobId"), event.get("messageId")
    if isinstance(job, (str, int)) and job != "":
        return f"job {job}"
    return message if isinstance(message, str) and not _by_message else ""
