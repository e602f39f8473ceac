"""Numbers the sessions of each user, by the pauses between events."""

from __future__ import annotations

import time
from typing import Any

from library.digest.v1 import sha256
from library.identity.v1 import milliseconds, person_finder
from library.paths.v1 import reader, writer

_TOGETHER = 500
_person = person_finder(parameters["user"])
_timeout, _longest = parameters["timeout_seconds"] * 1000, parameters["longest_seconds"] * 1000
_read, _write = reader(parameters["target"]), writer(parameters["target"])
_mark = writer(parameters["start"]) if parameters["start"] else None
_overwrite = parameters["overwrite"]


def next_session(known: Any, when: int, timeout: int, longest: int) -> tuple[int, int, bool]:
    """Start and last event of the session of an event at `when`, and whether it begins one; all in milliseconds.

    `known` is what the store has of the session before, [start, last], or None. An event that comes late counts to the session
    that it falls into, if that is still known.
    """
    if isinstance(known, list) and len(known) == 2 and all(type(part) is int for part in known):
        start, last = known
        if start - timeout <= when <= last + timeout and max(when, last) - start < longest:
            return start, max(when, last), False
        if when < start:
            return start, last, False  # from long before: it does not move the session that runs
    return when, when, True


def transformBatch(events: list[dict[str, Any]], metadata: Any) -> list[dict[str, Any]]:
    """Number the sessions: one after the other, for one user's events depend on each other; two trips for the batch."""
    concerned = []
    for event in events:
        user = _person(event)
        if user and (_overwrite or _read(event) is None):
            concerned.append((event, "session/" + sha256(user, "", "base64url")[:40]))
    if not concerned:
        return events
    keys = list({key: None for _, key in concerned})
    known: dict[str, Any] = {}
    for at in range(0, len(keys), _TOGETHER):
        known = {**known, **kv.get_many(keys[at : at + _TOGETHER])}
    changed: dict[str, list[int]] = {}
    for event, key in concerned:
        when = milliseconds(event)
        if when is None:
            when = int(time.time() * 1000)
        start, last, begins = next_session(known.get(key), when, _timeout, _longest)
        known[key] = changed[key] = [start, last]
        _write(event, start)
        if begins and _mark is not None:
            _mark(event, True)
    for at in range(0, len(keys), _TOGETHER):
        kv.set_many({key: changed[key] for key in keys[at : at + _TOGETHER]}, ttl=_timeout / 1000 + 60)
    return events
