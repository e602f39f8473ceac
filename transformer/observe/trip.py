"""The request that is being answered, as far as observing it goes: when it began, where its time went.

The pool knows no requests, only batches, and tells what happens to whoever watches it. Both meet here: a context variable
says which request the current task works for, also in tasks that the request starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from transformer.outcome import Ledger

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["CURRENT", "Call", "FinishedBatch", "PlannedWork", "Trip"]


class Call(Protocol):
    """What is needed of a call: the headers that came with it."""

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None:
        """Names and values."""
        ...


class PlannedWork(Protocol):
    """What is looked at of planned work: names of the registry and sizes, never what is in an event."""

    @property
    def workspace(self) -> str:
        """The id of the workspace."""
        ...

    @property
    def versions(self) -> Sequence[str]:
        """The resource names of the versions that ran."""
        ...

    @property
    def label(self) -> str | None:
        """What a data plane calls it; None: none asked for it."""
        ...

    @property
    def size(self) -> int:
        """Payload bytes."""
        ...


class FinishedBatch(Protocol):
    """What is looked at of a finished batch."""

    @property
    def work(self) -> PlannedWork:
        """What was run."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What became of it."""
        ...

    @property
    def seconds(self) -> float:
        """What the pool took."""
        ...


class Trip:
    """One request, or one stream of them. Times are `perf_counter`'s.

    line      the facts of its log line
    leases    how often it got a worker
    queue     seconds that it waited for them
    turn      seconds in them
    ran       when the pool was done with it; 0.0 before
    stages    where there is a span: name, end, seconds, attributes of each stage so far
    """

    __slots__ = ("batch", "leases", "line", "method", "queue", "ran", "span", "stages", "started", "stream", "turn")

    def __init__(self, method: str, *, stream: bool = False) -> None:
        self.method = method
        self.stream = stream
        self.line: dict[str, Any] = {"method": method}
        self.leases = 0
        self.queue = 0.0
        self.turn = 0.0
        self.ran = 0.0
        self.batch: FinishedBatch | None = None
        self.span: Span | None = None
        self.stages: list[tuple[str, float, float, Mapping[str, str]]] = []
        self.started = perf_counter()


CURRENT: Final[ContextVar[Trip | None]] = ContextVar("trip", default=None)
