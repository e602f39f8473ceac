"""Events of our own, small enough to read, and what is asked of their rows."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from transformer.mappers.warehouse import open_warehouse

EVENT: dict[str, Any] = {
    "messageId": "m-1",
    "anonymousId": "anon",
    "userId": "u-1",
    "channel": "mobile",
    "context": {"ip": "192.0.2.1", "app": {"name": "shop"}},
    "sentAt": "2026-03-04T05:06:07.890Z",
    "timestamp": "2026-03-04T06:06:07.000+01:00",
    "receivedAt": "2026-03-04T05:06:08.000Z",
    "originalTimestamp": "2026-03-04T05:06:06.000Z",
    "request_ip": "198.51.100.7",
}


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """event("track", event="Order Done"): an event of a type, with what is said. None takes a key out."""

    def make(event_type: str, **more: Any) -> dict[str, Any]:
        made = {**deepcopy(EVENT), "type": event_type, **more}
        return {key: value for key, value in made.items() if value is not None}

    return make


@pytest.fixture
def rows() -> Callable[..., dict[str, dict[str, Any]]]:
    """rows("postgres", event, …settings): each table's row, with `metadata` and `data`."""

    def make(
        provider: str, event: dict[str, Any], metadata: dict[str, Any] | None = None, query: Any = None, **settings: Any
    ) -> dict[str, dict[str, Any]]:
        before = deepcopy(event)
        made = open_warehouse(provider, settings, query=query or {}).rows(event, metadata or {})
        assert event == before, "the event is not ours to change"
        for row in made:
            assert set(row["data"]) <= set(row["metadata"]["columns"])
        found = {row["metadata"]["table"]: row for row in made}
        assert len(found) == len(made)
        return found

    return make
