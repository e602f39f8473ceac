"""Drops events of listed names or types."""

from __future__ import annotations

from typing import Any

from library.names.v1 import matcher, name_of, type_of

_denied = matcher(parameters["events"], parameters["case_sensitive"])
_checked = frozenset(parameters["applies_to"])
_types = frozenset(parameters["types"])


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event if it is denied."""
    kind = type_of(event)
    if kind in _types:
        raise Drop("event type is denied")
    if kind in _checked and _denied(name_of(event)):
        raise Drop("event name is denied")
    return event
