"""Lets at most so many events per window of time pass for each user."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import sha256
from library.identity.v1 import person_finder
from library.names.v1 import event_matcher, name_of, type_of

_KEY_CHARS = 40

_person = person_finder(parameters["user"]) if parameters["user"] else None
_limit, _seconds, _scope = parameters.get("limit", 1), parameters["seconds"], parameters["scope"]
_per_event = parameters["per_event"]
_concerned = event_matcher(parameters["events"])
_drop_missing = parameters["missing"] == "drop"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Count the event, and drop it if there were too many."""
    if not _concerned(event):
        return event
    who = ""
    if _person is not None:
        who = _person(event)
        if not who:
            if _drop_missing:
                raise Drop("there is nobody to count by")
            return event
    what = f"{type_of(event)}\0{name_of(event)}" if _per_event else ""
    counted = sha256(f"{_scope}\0{what}\0{who}", "", "base64url")[:_KEY_CHARS]
    if kv.increment(f"throttle/{counted}", ttl=_seconds) > _limit:
        raise Drop("too many events")
    return event
