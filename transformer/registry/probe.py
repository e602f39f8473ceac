"""Six small events, one of each type, that new code meets before any real one does.

Code that hangs on them, eats memory, crashes or cannot be loaded would do so in traffic. An ordinary exception is no proof of
anything: the code may rightly expect fields that these events lack, so it becomes a warning.
"""

from __future__ import annotations

import json
from typing import Any, Final

from transformer.errors import Code, PlatformError, Problem
from transformer.outcome import Ledger
from transformer.pool import Batch

__all__ = ["SAMPLES", "blame", "judge", "sample_batch"]

_PERSON: Final = {"anonymousId": "a-5f2d", "userId": "u-1001", "context": {"ip": "203.0.113.7", "locale": "en-GB"}}
_SENT: Final = "2026-03-02T09:30:00.000Z"

SAMPLES: Final[tuple[dict[str, Any], ...]] = (
    {
        "type": "identify",
        **_PERSON,
        "traits": {"name": "Ada Example", "email": "ada@example.com", "age": 36, "tags": ["a", "b"]},
    },
    {
        "type": "track",
        **_PERSON,
        "event": "Order Completed",
        "properties": {
            "total": 39.5,
            "currency": "EUR",
            "coupon": None,
            "products": [{"sku": "S-1", "price": 19.75, "quantity": 2}],
        },
    },
    {
        "type": "page",
        **_PERSON,
        "name": "Home",
        "properties": {"url": "https://example.com/?q=1", "title": "Home", "path": "/"},
    },
    {"type": "screen", **_PERSON, "name": "Basket", "properties": {"items": 3, "signedIn": True}},
    {"type": "group", **_PERSON, "groupId": "g-7", "traits": {"name": "Example Ltd", "employees": 120}},
    {"type": "alias", "anonymousId": "a-5f2d", "userId": "u-1001", "previousId": "a-5f2d", "context": {}},
)

_REFUSED: Final = {
    Code.CODE_BROKEN: "the code cannot be loaded",
    Code.TIME_LIMIT: "it ran longer than one event may ({event_seconds:g} s); make it end sooner",
    Code.BATCH_TIME: "the sample events took longer than one batch may ({turn_seconds:g} s); make the code faster",
    Code.MEMORY_LIMIT: "it needed more memory than it may have ({memory_mib:g} MiB); keep less at a time",
    Code.CRASHED: "it ended its own process; leave out what does that",
}


def sample_batch() -> Batch:
    """The sample events, with ids and metadata."""
    ids = [f"sample-{event['type']}" for event in SAMPLES]
    payloads = [
        json.dumps({"messageId": own, **event, "originalTimestamp": _SENT}).encode()
        for own, event in zip(ids, SAMPLES, strict=True)
    ]
    metadata = [{"messageId": own} for own in ids]
    common = {"sourceId": "sample-source", "destinationId": "sample-destination", "orderingKey": "u-1001", "receivedAt": _SENT}
    return Batch(payloads, metadata, common=common)


def judge(ledger: Ledger, numbers: dict[str, float]) -> tuple[list[Problem], list[Problem]]:
    """Why the code is refused, and what its author should know, from what became of the sample events.

    Args:
        ledger: closed.
        numbers: event_seconds, turn_seconds and memory_mib that were in force.

    Raises:
        PlatformError: some sample could not be tried, for no fault of the code.
    """
    refused: dict[Problem, None] = {}
    warned: dict[Problem, None] = {}
    for index, failure in sorted(ledger.failures.items()):
        place = failure.place
        line, column = (place.line, place.column) if place else (0, 0)
        if failure.code in _REFUSED:
            sentence = _REFUSED[failure.code].format_map(numbers)
            told = (
                failure.message
                if failure.code == Code.CODE_BROKEN
                else f"with a sample {SAMPLES[index]['type']} event {sentence}"
            )
            refused[Problem(told, line, column)] = None
        elif failure.code < Code.WORKER_LOST:
            told = f"a sample {SAMPLES[index]['type']} event failed: {failure.code.text} {failure.message}"
            warned[Problem(told, line, column)] = None
    if not refused:
        blame(ledger)
    return list(refused), list(warned)


def blame(ledger: Ledger) -> None:
    """Raises PlatformError if an event failed for no fault of the code: then nothing is known about it."""
    for failure in ledger.failures.values():
        if failure.code >= Code.WORKER_LOST and failure.code != Code.KILLS_EXHAUSTED:
            told = f"The code could not be tried ({failure.code.text} {failure.message}); publish it again."
            raise PlatformError(failure.code, told, retry_after_seconds=failure.retry_after_seconds)
