"""Lets at most so many events per window of time pass for each key."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import sha256, text_of
from library.names.v1 import matcher, name_of, type_of
from library.paths.v1 import finders

_KEY_CHARS = 40

_find = finders(parameters["key"], "key")
_limit, _seconds, _scope = parameters["limit"], parameters["seconds"], parameters["scope"]
_per_event = parameters["per_event"]
_concerned = matcher(parameters["events"], case_sensitive=True) if parameters["events"] else None
_drop_missing = parameters["missing"] == "drop"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Count the event, and drop it if there were too many."""
    name = name_of(event)
    if _concerned is not None and not _concerned(name):
        return event
    values = [container[key] for container, key in _find(event)]
    if parameters["key"] and all(value is None or value == "" for value in values):
        if _drop_missing:
            raise Drop("there is no key to count by")
        return event
    what = f"{type_of(event)}\0{name}" if _per_event else ""
    counted = sha256(f"{_scope}\0{what}\0{text_of(values)}", "", "base64url")[:_KEY_CHARS]
    if kv.increment(f"throttle/{counted}", ttl=_seconds) > _limit:
        raise Drop("too many events")
    return event
