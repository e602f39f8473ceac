"""Marks the first time that a user does something."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import sha256
from library.identity.v1 import person_finder
from library.names.v1 import event_matcher, name_of
from library.paths.v1 import writer

_DAY = 86_400
_person = person_finder(parameters["user"])
_concerned = event_matcher(parameters["events"])
_write = writer(parameters["target"])
_ttl = parameters["remember_days"] * _DAY
_scope = parameters["scope"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Say whether it is the first time."""
    name, user = name_of(event), _person(event)
    if not name or not user or not _concerned(event):
        return event
    key = "first/" + sha256(f"{_scope}\0{user}\0{name}", "", "base64url")[:40]
    message = event.get("messageId")
    mine = message if isinstance(message, str) else ""
    first = kv.set_if_absent(key, mine, ttl=_ttl)
    if not first and mine:
        first = kv.get(key) == mine  # the very event that was first, sent again
    _write(event, first)
    return event
