"""Lets only events of listed names pass."""

from __future__ import annotations

from typing import Any

from library.names.v1 import matcher, name_of, type_of

_allowed = matcher(parameters.get("events", []), parameters["case_sensitive"])
_checked = frozenset(parameters["applies_to"])
_drop_others = parameters["other_types"] == "drop"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event unless it is allowed."""
    if type_of(event) in _checked:
        if not _allowed(name_of(event)):
            raise Drop("event name is not allowed")
    elif _drop_others:
        raise Drop("event type is not allowed")
    return event
