"""The data path: one batch, or a stream of them.

A stream is pipelined: up to WINDOW batches run at once, answers keep the order of the requests, and no more is read from the
peer than the window holds, so a slow pool slows the sender down instead of filling memory here, and so does a peer that does
not take its answers. Batches of one stream run beside each other: two that must not (events of one user, for code with effects)
are for the data plane to send one after the other, the second when the first has its answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Container, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Final, Protocol

from transformer.errors import Code, PlatformError, TransformerError
from transformer.outcome import Ledger, Status
from transformer.pool import Batch, Plan
from transformer.service.interceptors import Incoming, Interceptor
from transformer.service.planning import Part, Planner, Work
from transformer.service.window import Window
from transformer.wire.convert import replayed_letters, transform_response
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.status import status_of

__all__ = ["WINDOW", "BatchObserver", "Finished", "RunsBatches", "TransformMethods"]

WINDOW: Final = 8
_NEW_STREAM: Final = "the service shuts down or the stream is too old; open a new one for the batches that have no answer"
_FULL_RETRY_SECONDS: Final = 1.0
_NAMES: Final = tuple((status.name.lower(), status.value) for status in (Status.EMITTED, Status.DROPPED, Status.FAILED))


class RunsBatches(Protocol):
    """What the service needs of a pool, for batches."""

    async def run(self, plan: Plan, batch: Batch, *, deadline: float | None = None, keep_logs: bool = False) -> Ledger:
        """See `transformer.pool.Pool.run`."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """A batch that has its outcomes. `steps` is what the `step` of its failures is an index into; `seconds` is what it took."""

    request: pb.TransformRequest
    work: Work
    ledger: Ledger
    steps: Sequence[str]
    seconds: float


class BatchObserver(Protocol):
    """Something that looks at batches after they ran: dead letters, metrics, the tap."""

    def finished(self, batch: Finished) -> None:
        """Called in the event loop before the answer leaves. Returns at once, changes nothing, raises nothing."""
        ...


class TransformMethods:
    """TransformService. `drain` ends open streams after the batches that were read from them."""

    def __init__(
        self,
        planner: Planner,
        pool: RunsBatches,
        interceptor: Interceptor,
        observers: Sequence[BatchObserver] = (),
        *,
        streams: int,
        stream_bytes: int,
        stream_seconds: float | None = None,
        logging: Container[str] = (),
    ) -> None:
        """What the streams and the logs are bounded by.

        Args:
            planner: plans the work of a request.
            pool: runs it.
            interceptor: observes each batch of a stream.
            observers: look at finished batches.
            streams: how many may be open at once.
            stream_bytes: what a stream may hold here in requests that run and answers that nobody has taken.
            stream_seconds: how old a stream may become; None: no limit.
            logging: workspaces whose logs somebody watches.
        """
        self._planner = planner
        self._pool = pool
        self._interceptor = interceptor
        self._observers = tuple(observers)
        self._streams = streams
        self._stream_bytes = stream_bytes
        self._stream_seconds = stream_seconds
        self._logging = logging
        self._readers: set[asyncio.Task[None]] = set()
        self._draining = False

    def drain(self) -> None:
        """Read no more from open streams."""
        self._draining = True
        for reader in self._readers:
            reader.cancel()

    async def transform(self, request: pb.TransformRequest, incoming: Incoming) -> pb.TransformResponse:
        """Transform."""
        work = await self._planner.plan(request)
        line = incoming.line
        line |= {"workspace": work.workspace, "versions": work.versions, "events": len(work.payloads)}
        if replayed := replayed_letters(request):
            line["replayed"] = replayed
        started = perf_counter()
        keep_logs = request.include_logs or work.workspace in self._logging
        ledger, steps = await self._run(work, incoming.deadline, keep_logs=keep_logs)
        line |= _counts(ledger)
        if self._observers:
            batch = Finished(request, work, ledger, steps, perf_counter() - started)
            for observer in self._observers:
                observer.finished(batch)
        return transform_response(ledger, work.ids, steps, work.versions, logs=request.include_logs)

    async def transform_stream(
        self, requests: AsyncIterator[pb.TransformStreamRequest], incoming: Incoming
    ) -> AsyncIterator[pb.TransformStreamResponse]:
        """TransformStream. Ends with DRAINING where the service shuts down, or the stream is too old, while the peer sends."""
        if len(self._readers) >= self._streams:
            told = f"{self._streams} streams are open already, which is as many as may be; open one later"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=_FULL_RETRY_SECONDS)
        running: asyncio.Queue[asyncio.Task[tuple[pb.TransformStreamResponse, int]] | None] = asyncio.Queue()
        window = Window(WINDOW, self._stream_bytes)

        async def read() -> None:
            try:
                async for request in requests:
                    running.put_nowait(asyncio.create_task(self._answer_in(window, request, incoming)))
                    await window.room()
            finally:
                running.put_nowait(None)

        reader = asyncio.create_task(read())
        self._readers.add(reader)
        old = asyncio.get_running_loop().call_later(self._stream_seconds, reader.cancel) if self._stream_seconds else None
        if self._draining:
            reader.cancel()
        try:
            while (task := await running.get()) is not None:
                answer, size = await task
                yield answer  # comes back when the transport has taken it
                window.give_back(size)
            await asyncio.wait({reader})
            if reader.cancelled():
                raise PlatformError(Code.DRAINING, _NEW_STREAM, retry_after_seconds=0.0)
            reader.result()
        finally:
            if old is not None:
                old.cancel()
            self._readers.discard(reader)
            await _end(reader, *_all(running))

    def _answer_in(
        self, window: Window, request: pb.TransformStreamRequest, stream: Incoming
    ) -> Coroutine[Any, Any, tuple[pb.TransformStreamResponse, int]]:
        asked = request.ByteSize()
        window.take(asked)

        async def answer() -> tuple[pb.TransformStreamResponse, int]:
            answer = await self._answer(request.request, stream)
            size = answer.ByteSize()
            window.turn(asked, size)
            return answer, size

        return answer()

    async def _answer(self, request: pb.TransformRequest, stream: Incoming) -> pb.TransformStreamResponse:
        incoming = Incoming(stream.context, stream.deadline)
        try:
            response = await self._interceptor.answer("TransformStream", self.transform, request, incoming)
        except TransformerError as error:
            return pb.TransformStreamResponse(error=status_of(error).SerializeToString())
        return pb.TransformStreamResponse(response=response)

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
            await _end(*tasks)


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _all(queue: asyncio.Queue[asyncio.Task[Any] | None]) -> Iterator[asyncio.Task[Any]]:
    while not queue.empty():
        if (task := queue.get_nowait()) is not None:
            yield task


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
