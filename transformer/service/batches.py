"""Runs planned work: each part in a worker of its own, one ledger for all, and whoever looks at finished batches is told.

Every way into the service ends here: gRPC's methods, and the gateway that speaks HTTP.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Final, NamedTuple, Protocol

from transformer.outcome import Ledger, Status
from transformer.pool import Batch, Plan
from transformer.service.interceptors import Incoming
from transformer.service.planning import Part, Work
from transformer.wire.pb import transform_pb2 as pb

__all__ = ["BatchObserver", "Batches", "Finished", "RunsBatches", "end"]

_NAMES: Final = tuple((status.name.lower(), status.value) for status in (Status.EMITTED, Status.DROPPED, Status.FAILED))


class RunsBatches(Protocol):
    """What the service needs of a pool, for batches."""

    async def run(self, plan: Plan, batch: Batch, *, deadline: float | None = None, keep_logs: bool = False) -> Ledger:
        """See `transformer.pool.Pool.run`."""
        ...


class Finished(NamedTuple):
    """A batch that has its outcomes.

    request  what was asked for, as gRPC would have asked it; made when somebody wants to know
    steps    what the `step` of a failure is an index into
    seconds  what it took
    """

    request: Callable[[], pb.TransformRequest]
    work: Work
    ledger: Ledger
    steps: Sequence[str]
    seconds: float


class BatchObserver(Protocol):
    """Something that looks at batches after they ran: dead letters, metrics, the tap."""

    def finished(self, batch: Finished) -> None:
        """Called in the event loop before the answer leaves. Returns at once, changes nothing, raises nothing."""
        ...


class Batches:
    """Runs work in a pool. `observers` look at finished batches; `logging` are workspaces whose logs somebody watches."""

    def __init__(self, pool: RunsBatches, observers: Sequence[BatchObserver] = (), logging: Container[str] = ()) -> None:
        self._pool = pool
        self._observers = tuple(observers)
        self._logging = logging

    async def run(
        self, work: Work, request: Callable[[], pb.TransformRequest], incoming: Incoming, *, keep_logs: bool = False
    ) -> tuple[Ledger, list[str]]:
        """The ledger of the whole batch, and the names that the steps of its failures are indexes into.

        Raises:
            PlatformError: nothing of it ran, or nobody will get to know: it may be sent again.
        """
        line = incoming.line
        started = perf_counter()
        ledger, steps = await self._run(work, incoming.deadline, keep_logs=keep_logs or work.workspace in self._logging)
        line |= _counts(ledger)
        if self._observers:
            batch = Finished(request, work, ledger, steps, perf_counter() - started)
            for observer in self._observers:
                observer.finished(batch)
        return ledger, steps

    async def _run(self, work: Work, deadline: float | None, *, keep_logs: bool) -> tuple[Ledger, list[str]]:
        """The ledger of the whole batch, and the names that the steps of its failures are indexes into."""
        first = work.parts[0]
        if not work.payloads:
            return Ledger(0), []
        if len(work.parts) == 1:
            ledger = await self._pool.run(first.plan, work.batch(first), deadline=deadline, keep_logs=keep_logs)
            return ledger, [step.name for step in first.plan.steps]
        whole = Ledger(len(work.payloads))
        steps: list[str] = []
        for part, ledger in zip(work.parts, await self._run_parts(work, deadline, keep_logs=keep_logs), strict=True):
            _number_steps(ledger, len(steps))
            whole.merge(ledger, part.indexes)
            steps += [step.name for step in part.plan.steps]
        return whole, steps

    async def _run_parts(self, work: Work, deadline: float | None, *, keep_logs: bool) -> list[Ledger]:
        def start(part: Part) -> asyncio.Task[Ledger]:
            return asyncio.create_task(self._pool.run(part.plan, work.batch(part), deadline=deadline, keep_logs=keep_logs))

        tasks = [start(part) for part in work.parts]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            await end(*tasks)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they are over, whatever they raise."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _number_steps(ledger: Ledger, offset: int) -> None:
    if offset:
        dropped = (index for index, status in enumerate(ledger.status) if status == Status.DROPPED)
        ledger.droppers = {index: ledger.droppers.get(index, 0) + offset for index in dropped}
    for index, failure in ledger.failures.items():
        if failure.step is not None:
            ledger.failures[index] = replace(failure, step=failure.step + offset)


def _counts(ledger: Ledger) -> dict[str, Any]:
    counts: dict[str, Any] = {name: number for name, status in _NAMES if (number := ledger.status.count(status))}
    if ledger.failures:
        counts["codes"] = dict(Counter(failure.code.text for failure in ledger.failures.values()))
    return counts
