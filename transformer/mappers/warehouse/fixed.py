"""The columns that rows have of themselves, whatever the sender put into an event. They win over columns of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["IDENTIFIES", "OF_TYPE", "USERS", "USERS_TIMES", "computed"]

_IPS: Final = (("context_ip", ""), ("context_request_ip", "request_ip"), ("context_passed_ip", ""))
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

IDENTIFIES: Final[tuple[tuple[str, str], ...]] = _COMMON
USERS_TIMES: Final = frozenset({"sent_at", "timestamp", "original_timestamp"})
USERS: Final[tuple[tuple[str, str], ...]] = (*_IPS, ("id", "userId"), ("received_at", "receivedAt"))

OF_TYPE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        "track": (("event_text", "event"), *_COMMON),
        "extract": (("event", "event"), ("id", "recordId"), ("received_at", "receivedAt")),
        "identify": IDENTIFIES,
        "page": (*_COMMON, ("name", "")),
        "screen": (*_COMMON, ("name", "")),
        "group": (*_COMMON, ("group_id", "groupId")),
        "alias": (*_COMMON, ("previous_id", "previousId")),
    }
)
"""By the type of an event: each column, and the key of the event that its value is under; `""` for one that is `computed`."""


def computed(column: str, event: dict[str, Any], context: dict[str, Any]) -> object:
    """The value of a column that has no key of its own."""
    if column == "context_ip":
        return context.get("ip") or event.get("request_ip")
    if column == "context_passed_ip":
        return context.get("ip")
    if name := event.get("name"):
        return name
    properties = event.get("properties")
    return properties.get("name") if isinstance(properties, dict) else None
