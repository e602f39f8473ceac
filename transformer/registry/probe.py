"""Six small events, one of each type, that new code meets before any real one does.

Code that hangs on them, eats memory, crashes or cannot be loaded would do so in traffic. An ordinary exception is no proof of
anything: the code may rightly expect fields that these events lack, so it becomes a warning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from transformer.errors import Code, PlatformError, Problem
from transformer.fixtures import Fixtures
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger
from transformer.pool import Batch

__all__ = ["NO_ANSWERS", "SAMPLES", "answers_for_samples", "blame", "judge", "limited", "sample_batch"]

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
    Code.TIME_LIMIT: "{events} ran longer than one event may ({event_seconds:g} s); make the code end sooner",
    Code.BATCH_TIME: "{events} ran longer than one batch may ({turn_seconds:g} s); make the code faster",
    Code.MEMORY_LIMIT: "{events} needed more memory than code may have ({memory_mib:g} MiB); keep less of it at a time",
    Code.CRASHED: "{events} ended the process that ran the code ({message}); leave out what does that",
    Code.CODE_BROKEN: "{message}",
}


NO_ANSWERS: Final = "the sample events were tried without answers to host calls: give the code cases with recorded ones"
"""What to say instead of what became of samples whose host calls had no answers."""


_OF_THE_CODE: Final = frozenset({Code.CODE_BROKEN, Code.EXCEPTION})


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


def limited(limits: Limits) -> Limits:
    """The limits under which to run the samples: one that costs a worker is enough, the others need not cost theirs."""
    return replace(limits, batch_kills=0)


def answers_for_samples() -> Fixtures:
    """What answers host calls of code that is tried: secrets have some value, everything else no answer."""
    return Fixtures(any_secret="sample-secret")  # noqa: S106 - it opens nothing


def judge(ledger: Ledger, limits: Limits, answers: Fixtures) -> tuple[list[Problem], list[Problem]]:
    """Why the code is refused, and what its author should know, from what became of the samples. `ledger` is closed.

    What may have failed for want of an answer is not held against the code, be it while it was loaded: that is one warning.

    Raises:
        PlatformError: some sample could not be tried, for no fault of the code.
    """
    alike: dict[Failure, list[int]] = {}
    lacking = False
    for index, failure in sorted(ledger.failures.items()):
        if failure.code < Code.WORKER_LOST:
            alike.setdefault(failure, []).append(index)
    refused, warned = [], []
    for failure, indexes in alike.items():
        if failure.code in _OF_THE_CODE and answers.lacks_for(failure.message):
            lacking = True
            continue
        line, column = (failure.place.line, failure.place.column) if failure.place else (0, 0)
        if failure.code in _REFUSED:
            told = _REFUSED[failure.code].format(
                events=_named(indexes),
                message=failure.message,
                event_seconds=limits.event_seconds,
                turn_seconds=limits.turn_seconds,
                memory_mib=limits.memory_bytes / 2**20,
            )
            refused.append(Problem(told, line, column))
        else:
            warned.append(Problem(f"{_named(indexes)} failed: {failure.code.text} {failure.message}", line, column))
    if lacking or answers.missed:
        warned.append(Problem(NO_ANSWERS))
    if not refused:
        blame(ledger)
    return refused, warned


def blame(ledger: Ledger) -> None:
    """Raises PlatformError if an event failed for no fault of the code: then nothing is known about it."""
    for failure in ledger.failures.values():
        if failure.code >= Code.WORKER_LOST and failure.code != Code.KILLS_EXHAUSTED:
            told = f"The code could not be tried ({failure.code.text} {failure.message}); publish it again."
            raise PlatformError(failure.code, told, retry_after_seconds=failure.retry_after_seconds)


def _named(indexes: Iterable[int]) -> str:
    """`the sample page event`, `the sample page, group and alias events`."""
    types = [SAMPLES[index]["type"] for index in indexes]
    if len(types) == 1:
        return f"the sample {types[0]} event"
    return f"the sample {', '.join(types[:-1])} and {types[-1]} events"
