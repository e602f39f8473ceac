"""The columns that rows have of themselves, whatever the sender put into an event. They win over columns of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["IDENTIFIES", "OF_TYPE", "TIMES", "USERS", "USERS_TIMES", "Source", "Taken"]

Taken = Callable[[dict[str, Any], dict[str, Any]], object]
"""Takes a value from an event and its context."""
Source = str | Taken
"""Where a value is: under a key of the event, or where a function finds it."""


def _ip(event: dict[str, Any], context: dict[str, Any]) -> object:
    return context.get("ip") or event.get("request_ip")


def _passed_ip(_event: dict[str, Any], context: dict[str, Any]) -> object:
    return context.get("ip")


def _name(event: dict[str, Any], _context: dict[str, Any]) -> object:
    if name := event.get("name"):
        return name
    properties = event.get("properties")
    return properties.get("name") if isinstance(properties, dict) else None


_IPS: Final = (("context_ip", _ip), ("context_request_ip", "request_ip"), ("context_passed_ip", _passed_ip))
_COMMON: Final = (
    ("id", "messageId"),
    ("anonymous_id", "anonymousId"),
    ("user_id", "userId"),
    ("sent_at", "sentAt"),
    ("timestamp", "timestamp"),
    ("received_at", "receivedAt"),
    ("original_timestamp", "originalTimestamp"),
    ("channel", "channel"),
    *_IPS,
)

IDENTIFIES: Final[tuple[tuple[str, Source], ...]] = _COMMON
TIMES: Final = frozenset({"sentAt", "timestamp", "receivedAt", "originalTimestamp"})
"""The keys whose values are instants."""
USERS_TIMES: Final = frozenset({"sent_at", "timestamp", "original_timestamp"})
USERS: Final[tuple[tuple[str, Source], ...]] = (*_IPS, ("id", "userId"), ("received_at", "receivedAt"))

OF_TYPE: Final[Mapping[str, tuple[tuple[str, Source], ...]]] = MappingProxyType(
    {
        "track": (("event_text", "event"), *_COMMON),
        "extract": (("event", "event"), ("id", "recordId"), ("received_at", "receivedAt")),
        "identify": IDENTIFIES,
        "page": (*_COMMON, ("name", _name)),
        "screen": (*_COMMON, ("name", _name)),
        "group": (*_COMMON, ("group_id", "groupId")),
        "alias": (*_COMMON, ("previous_id", "previousId")),
    }
)
"""By the type of an event: each column, and where its value is."""
