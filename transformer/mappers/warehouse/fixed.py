"""The columns that rows have of themselves, whatever the sender put into an event. They win over columns of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["IDENTIFIES", "OF_TYPE", "USERS", "USERS_TIMES", "Source"]

Source = Callable[[dict[str, Any], dict[str, Any]], object]
"""Takes a value from an event and its context."""


def _from(key: str) -> Source:
    return lambda event, _context: event.get(key)


def _ip(event: dict[str, Any], context: dict[str, Any]) -> object:
    return context.get("ip") or event.get("request_ip")


def _passed_ip(_event: dict[str, Any], context: dict[str, Any]) -> object:
    return context.get("ip")


def _name(event: dict[str, Any], _context: dict[str, Any]) -> object:
    if name := event.get("name"):
        return name
    properties = event.get("properties")
    return properties.get("name") if isinstance(properties, dict) else None


_IPS: Final = (("context_ip", _ip), ("context_request_ip", _from("request_ip")), ("context_passed_ip", _passed_ip))
_COMMON: Final = (
    ("id", _from("messageId")),
    ("anonymous_id", _from("anonymousId")),
    ("user_id", _from("userId")),
    ("sent_at", _from("sentAt")),
    ("timestamp", _from("timestamp")),
    ("received_at", _from("receivedAt")),
    ("original_timestamp", _from("originalTimestamp")),
    ("channel", _from("channel")),
    *_IPS,
)

IDENTIFIES: Final[tuple[tuple[str, Source], ...]] = _COMMON
USERS_TIMES: Final = ("sent_at", "timestamp", "original_timestamp")
USERS: Final[tuple[tuple[str, Source], ...]] = (*_IPS, ("id", _from("userId")), ("received_at", _from("receivedAt")))

OF_TYPE: Final[Mapping[str, tuple[tuple[str, Source], ...]]] = MappingProxyType(
    {
        "track": (("event_text", _from("event")), *_COMMON),
        "extract": (("event", _from("event")), ("id", _from("recordId")), ("received_at", _from("receivedAt"))),
        "identify": IDENTIFIES,
        "page": (*_COMMON, ("name", _name)),
        "screen": (*_COMMON, ("name", _name)),
        "group": (*_COMMON, ("group_id", _from("groupId"))),
        "alias": (*_COMMON, ("previous_id", _from("previousId"))),
    }
)
"""By the type of an event."""
