"""Work run to an answer that a data plane can live with: every event has its outcome, or all are to be sent again.

A data plane that is told to send a request again sends all of it, and for as long as it takes. So what an event costs must not
keep its neighbours from their outcomes for ever: what was left behind for a limit of ours is run again at once, and an event
that cost a worker is remembered: sent again, it fails as it did, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from cachetools import LRUCache, TTLCache

from transformer.errors import Code, PlatformError
from transformer.gateway.requests.calls import Call
from transformer.outcome import Failure, Ledger
from transformer.pool import Plan
from transformer.service.planning import Part, Work

__all__ = ["Poison", "run_whole"]

_COSTLY: Final = frozenset({Code.TIME_LIMIT, Code.MEMORY_LIMIT, Code.CRASHED})
_LEFT_BEHIND: Final = frozenset({Code.KILLS_EXHAUSTED, Code.BATCH_TIME})
_PLANS: Final = 1000
_EVENTS: Final = 10_000
_SECONDS: Final = 900.0

_Key = tuple[str, ...]


class Poison:
    """Events that cost a worker lately, by what they ran through. Bounded, and forgotten after a quarter of an hour."""

    def __init__(self) -> None:
        self._plans: LRUCache[_Key, TTLCache[bytes, Failure]] = LRUCache(_PLANS)

    def settle(self, work: Work, ledger: Ledger) -> None:
        """Have the events fail that did so lately."""
        for part in work.parts if self._plans else ():
            if known := self._plans.get(_key(part.plan)):
                for index in part.indexes:
                    if (failure := known.get(_digest(work.payloads[index]))) is not None:
                        ledger.fail([index], failure)

    def note(self, work: Work, ledger: Ledger) -> None:
        """Remember what cost a worker."""
        for part in work.parts:
            for index in part.indexes:
                failure = ledger.failures.get(index)
                if failure is not None and failure.code in _COSTLY:
                    self._of(part.plan)[_digest(work.payloads[index])] = failure

    def _of(self, plan: Plan) -> TTLCache[bytes, Failure]:
        key = _key(plan)
        events = self._plans.get(key)
        if events is None:
            events = self._plans[key] = TTLCache(_EVENTS, _SECONDS)
        return events


async def run_whole(call: Call, work: Work, poison: Poison, *, remember: bool = True) -> Ledger:
    """As `Call.run`; no failure in the ledger is one that a data plane should send again, but for a fault in our mappers.

    Without `remember`, what costs a worker is not noted: where all events are one unit, and one of them may be to blame.

    Raises:
        PlatformError: the request is to be sent again, all of it.
    """
    ledger = Ledger(len(work.payloads))
    poison.settle(work, ledger)
    while not ledger.closed:
        indexes = ledger.open_events()
        now = work if len(indexes) == ledger.size else _part_of(work, indexes)
        got = await call.run(now)
        if remember and got.failures:
            poison.note(now, got)
        left = {index for index, failure in got.failures.items() if _again(failure)}
        if not left and now is work:
            return got
        ledger.merge(got, indexes, leaving=left)
        if left and (len(left) == len(indexes) or any(got.failures[index].code not in _LEFT_BEHIND for index in left)):
            first = got.failures[min(left)]
            raise PlatformError(first.code, first.message, retry_after_seconds=first.retry_after_seconds)
    return ledger


def _again(failure: Failure) -> bool:
    return failure.retryable and failure.code is not Code.MAPPER_FAULT


def _part_of(work: Work, indexes: Sequence[int]) -> Work:
    """The work that is left: of every part, even where nothing is left of it, so that steps keep their numbers."""
    places = {index: place for place, index in enumerate(indexes)}
    parts = [Part(part.plan, [places[index] for index in part.indexes if index in places]) for part in work.parts]
    payloads = [work.payloads[index] for index in indexes]
    metadata = work.metadata
    if metadata is not None:
        common, own, attributes = metadata
        few = None if attributes is None else [attributes[index] for index in indexes]
        metadata = common, [own[index] for index in indexes], few
    ids = [work.ids[index] for index in indexes]
    return replace(work, parts=parts, payloads=payloads, ids=ids, metadata=metadata, size=sum(map(len, payloads)))


def _key(plan: Plan) -> _Key:
    return (plan.workspace, *(step.key for step in plan.steps))


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=16).digest()
