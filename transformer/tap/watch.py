"""One watch: a bounded queue of events that passed, and what becomes of them on the way to the watcher.

The watcher's own reading drives it: events are taken from the queue, looked into and handed on only when the one before has
left. A slow watcher leaves its queue full, and a full queue leaves events out; nothing else waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, time
from typing import Any, Final

from transformer.errors import CallerError, Code, TransformerError
from transformer.outcome import Failure
from transformer.tap.inspection import Inspector, Order
from transformer.tap.parts import PartsError, pack
from transformer.tap.sample import takes_sample

__all__ = ["Counts", "Passed", "Shown", "Wanted", "Watch"]

QUEUE_EVENTS: Final = 1000
QUEUE_BYTES: Final = 8 * 2**20
LOOKS_PER_SECOND: Final = 1000.0
"""Events of one watch that are looked into: what a watch may cost the machine. A sample sees more of a busy pipeline."""

HEARTBEAT_SECONDS: Final = 1.0
_AT_ONCE: Final = 32
_LOST_INSPECTORS: Final = 5
_TOO_EXPENSIVE: Final = "the event took the filter, or the rules, too much time or memory"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a watcher asked for, checked. `outcomes` are numbers of `Status`; `per_second` and `events` are bounds, 0: none."""

    workspace: str
    transformation: str
    order: Order
    rate: float = 1.0
    sticky: bool = False
    outcomes: frozenset[int] = frozenset({1, 2, 3})
    per_second: int = 0
    events: int = 0
    logs: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """An event that ran through the transformation. `version` is the name of the version that ran."""

    version: str
    message_id: str
    payload: bytes
    outputs: Sequence[bytes]
    status: int
    reason: str = ""
    failure: Failure | None = None
    failed_in: str = ""
    logs: Sequence[str] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    attributes: bytes = b""
    at: float = field(default_factory=time)

    @property
    def size(self) -> int:
        """The bytes that it holds."""
        return len(self.payload) + len(self.attributes) + sum(map(len, self.outputs))

    def packed(self) -> bytes:
        """The event for the inspector. Raises TypeError or PartsError where it cannot be told."""
        failure = self.failure
        header = {
            "outcome": ("open", "emitted", "dropped", "failed")[self.status],
            "code": failure.code.text if failure else "",
            "message": failure.message if failure else "",
            "function": failure.place.function if failure and failure.place else "",
            "reason": self.reason,
            "version": int(self.version.rpartition("/")[2]),
            "id": self.message_id,
            "logs": list(self.logs),
            "metadata": self.metadata,
        }
        return pack(header, self.payload, self.attributes, *self.outputs)


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as the watcher gets it: redacted and projected. `before` is empty where it was no JSON object."""

    passed: Passed
    before: bytes
    after: Sequence[bytes]
    message_id: str
    reason: str
    message: str
    function: str
    logs: Sequence[str]


@dataclass(slots=True)
class Counts:
    """What became of the events, since the watch began. The fields are those of TapStatus."""

    seen: int = 0
    unsampled: int = 0
    dropped: int = 0
    limited: int = 0
    filtered: int = 0
    filter_errors: int = 0
    filter_error: str = ""
    withheld: int = 0
    shown: int = 0


class _Bucket:
    """So many per second, and after a pause as many at once."""

    def __init__(self, rate: float) -> None:
        self._rate = self._left = rate
        self._then = monotonic()

    def take(self) -> bool:
        now = monotonic()
        self._left = min(self._rate, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Watch:
    """A watch, for one event loop. `start` it, iterate `messages()`, `close` it."""

    def __init__(self, wanted: Wanted, *, looks_per_second: float = LOOKS_PER_SECOND) -> None:
        self.wanted = wanted
        self.counts = Counts()
        self._queue: deque[Passed] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._looks = _Bucket(looks_per_second)
        self._shows = _Bucket(wanted.per_second) if wanted.per_second else None
        self._inspector: Inspector | None = None
        self._lost = 0
        self._ended = False
        self._why: TransformerError | None = None

    async def start(self) -> None:
        """Make ready. Raises CallerError, BAD_REQUEST with the place, if the filter cannot be used."""
        self._inspector = await Inspector.start(self.wanted.order)

    async def close(self) -> None:
        """End its process. Idempotent."""
        self._ended = True
        self._queue.clear()
        if self._inspector is not None:
            await self._inspector.close()

    def end(self, why: TransformerError | None = None) -> None:
        """Let `messages()` end: with this error, or well."""
        if not self._ended:
            self._ended, self._why = True, why
            self._news.set()

    def takes(self, status: int, key: str) -> bool:
        """Whether to `offer` an event with this outcome and ordering key. Counts it either way."""
        wanted, counts = self.wanted, self.counts
        if status not in wanted.outcomes or self._ended:
            return False
        counts.seen += 1
        if wanted.rate < 1 and not takes_sample(
            wanted.workspace, wanted.transformation, key, wanted.rate, sticky=wanted.sticky
        ):
            counts.unsampled += 1
            return False
        if len(self._queue) >= QUEUE_EVENTS or self._bytes >= QUEUE_BYTES or not self._looks.take():
            counts.dropped += 1
            return False
        return True

    def offer(self, passed: Passed) -> None:
        """Queue an event, unless there is no room for it."""
        size = passed.size
        if len(self._queue) >= QUEUE_EVENTS or self._bytes + size > QUEUE_BYTES:
            self.counts.dropped += 1
            return
        self._queue.append(passed)
        self._bytes += size
        self._news.set()

    async def messages(self) -> AsyncIterator[Shown | Counts]:
        """Events, and every second how the watch fares: first of all, and last.

        Raises:
            TransformerError: what `end` was given; CallerError PRECONDITION where too many events were too much for the filter.
        """
        yield replace(self.counts)
        beat = monotonic() + HEARTBEAT_SECONDS
        while not self._ended:
            for shown in await self._next(beat - monotonic()):
                if self._ended:
                    break
                if self._shows is not None and not self._shows.take():
                    self.counts.limited += 1
                    continue
                self.counts.shown += 1
                yield shown
                if self.counts.shown == self.wanted.events:
                    self.end()
            if monotonic() >= beat and not self._ended:
                yield replace(self.counts)
                beat = monotonic() + HEARTBEAT_SECONDS
        if self._why is not None:
            raise self._why
        yield replace(self.counts)

    async def _next(self, seconds: float) -> list[Shown]:
        """What is to be shown of the next events; nothing after `seconds` without any."""
        if not self._queue:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, seconds))
            except TimeoutError:
                return []
        told: list[tuple[Passed, bytes]] = []
        while self._queue and len(told) < _AT_ONCE:
            passed = self._queue.popleft()
            self._bytes -= passed.size
            try:
                told.append((passed, passed.packed()))
            except (TypeError, PartsError):
                self.counts.withheld += 1
        return await self._look(told)

    async def _look(self, told: list[tuple[Passed, bytes]]) -> list[Shown]:
        shown: list[Shown] = []
        while told and not self._ended:
            if self._inspector is None or self._inspector.lost:
                self._inspector = await Inspector.start(self.wanted.order)
            answers = await self._inspector.look([message for _, message in told])
            for (passed, _), answer in zip(told, answers, strict=False):
                if answer.verdict == "shown":
                    shown.append(_shown(passed, answer.header, answer.blobs))
                else:
                    self._count(answer.verdict, str(answer.header.get("error", "")))
            told = told[len(answers) :]
            if self._inspector.lost:
                await self._inspector.close()
                self._count("error" if self.wanted.order.filter else "withheld", _TOO_EXPENSIVE)
                told = told[1:]
                self._lost += 1
                if self._lost >= _LOST_INSPECTORS:
                    self.end(CallerError(Code.PRECONDITION, f"{_LOST_INSPECTORS} times {_TOO_EXPENSIVE}"))
        return shown

    def _count(self, verdict: str, error: str) -> None:
        if verdict == "filtered":
            self.counts.filtered += 1
        elif verdict == "error":
            self.counts.filter_errors += 1
            self.counts.filter_error = error
        else:
            self.counts.withheld += 1


def _shown(passed: Passed, header: dict[str, Any], blobs: Sequence[bytes]) -> Shown:
    before, *after = blobs
    texts = {name: str(header[name]) for name in ("reason", "message", "function")}
    return Shown(passed, before, after, str(header["id"]), logs=[str(line) for line in header["logs"]], **texts)
