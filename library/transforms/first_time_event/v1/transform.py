"""Marks the first time that a user does something."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import sha256, text_of
from library.names.v1 import matcher, name_of
from library.paths.v1 import reader, writer

_DAY = 86_400
_readers = [reader(path) for path in parameters["user"]]
_concerned = matcher(parameters["events"], case_sensitive=True) if parameters["events"] else None
_write = writer(parameters["target"])
_ttl = parameters["remember_days"] * _DAY
_scope = parameters["scope"]


def _user(event: dict[str, Any]) -> str:
    for read in _readers:
        value = read(event)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
            return text_of(value)
    return ""


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Say whether it is the first time."""
    name, user = name_of(event), _user(event)
    if not name or not user or (_concerned is not None and not _concerned(name)):
        return event
    key = "first/" + sha256(f"{_scope}\0{user}\0{name}", "", "base64url")[:40]
    message = event.get("messageId")
    mine = message if isinstance(message, str) else ""
    first = kv.set_if_absent(key, mine, ttl=_ttl)
    if not first and mine:
        first = kv.get(key) == mine  # the very event that was first, sent again
    _write(event, first)
    return event
