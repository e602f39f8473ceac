"""The data path: one batch, or a stream of them.

A stream is pipelined: up to WINDOW batches run at once, answers keep the order of the requests, and no more is read from the
peer than the window holds, so a slow pool slows the sender down instead of filling memory here, and so does a peer that does
not take its answers. Batches of one stream run beside each other: two that must not (events of one user, for code with effects)
are for the data plane to send one after the other, the second when the first has its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Final

from transformer.errors import Code, PlatformError, TransformerError
from transformer.service.batches import Batches, end
from transformer.service.interceptors import Incoming, Interceptor
from transformer.service.planning import Planner
from transformer.service.window import Window
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.request import replayed_letters
from transformer.wire.response import response_bytes, stream_answer, stream_error
from transformer.wire.status import status_of

__all__ = ["WINDOW", "TransformMethods"]

WINDOW: Final = 8
_NEW_STREAM: Final = "the service shuts down or the stream is too old; open a new one for the batches that have no answer"
_FULL_RETRY_SECONDS: Final = 1.0


class TransformMethods:
    """TransformService. `drain` ends open streams after the batches that were read from them."""

    def __init__(
        self,
        planner: Planner,
        batches: Batches,
        interceptor: Interceptor,
        *,
        streams: int,
        stream_bytes: int,
        stream_seconds: float | None = None,
    ) -> None:
        """What the streams are bounded by.

        Args:
            planner: plans the work of a request.
            batches: runs it.
            interceptor: observes each batch of a stream.
            streams: how many may be open at once.
            stream_bytes: what a stream may hold here in requests that run and answers that nobody has taken.
            stream_seconds: how old a stream may become; None: no limit.
        """
        self._planner = planner
        self._batches = batches
        self._interceptor = interceptor
        self._streams = streams
        self._stream_bytes = stream_bytes
        self._stream_seconds = stream_seconds
        self._readers: set[asyncio.Task[None]] = set()
        self._draining = False

    def drain(self) -> None:
        """Read no more from open streams."""
        self._draining = True
        for reader in self._readers:
            reader.cancel()

    async def transform(self, request: pb.TransformRequest, incoming: Incoming) -> bytes:
        """Transform. Gives a serialised TransformResponse."""
        work = await self._planner.plan(request)
        line = incoming.line
        line |= {"workspace": work.workspace, "versions": work.versions, "events": len(work.payloads)}
        if replayed := replayed_letters(request):
            line["replayed"] = replayed
        ledger, steps = await self._batches.run(work, lambda: request, incoming, keep_logs=request.include_logs)
        return response_bytes(ledger, work.ids, steps, work.versions, logs=request.include_logs)

    async def transform_stream(
        self, requests: AsyncIterator[pb.TransformStreamRequest], incoming: Incoming
    ) -> AsyncIterator[bytes]:
        """TransformStream: gives serialised TransformStreamResponses.

        Ends with DRAINING where the service shuts down, or the stream is too old, while the peer sends.
        """
        if len(self._readers) >= self._streams:
            told = f"{self._streams} streams are open already, which is as many as may be; open one later"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=_FULL_RETRY_SECONDS)
        running: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue()
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
                answer = await task
                yield answer  # comes back when the transport has taken it
                window.give_back(len(answer))
            await asyncio.wait({reader})
            if reader.cancelled():
                raise PlatformError(Code.DRAINING, _NEW_STREAM, retry_after_seconds=0.0)
            reader.result()
        finally:
            if old is not None:
                old.cancel()
            self._readers.discard(reader)
            await end(reader, *_all(running))

    def _answer_in(self, window: Window, request: pb.TransformStreamRequest, stream: Incoming) -> Coroutine[Any, Any, bytes]:
        asked = request.ByteSize()
        window.take(asked)

        async def answer() -> bytes:
            answer = await self._answer(request.request, stream)
            window.turn(asked, len(answer))
            return answer

        return answer()

    async def _answer(self, request: pb.TransformRequest, stream: Incoming) -> bytes:
        incoming = Incoming(stream.context, stream.deadline)
        try:
            response = await self._interceptor.answer("TransformStream", self.transform, request, incoming)
        except TransformerError as error:
            return stream_error(status_of(error).SerializeToString())
        return stream_answer(response)


def _all(queue: asyncio.Queue[asyncio.Task[Any] | None]) -> Iterator[asyncio.Task[Any]]:
    while not queue.empty():
        if (task := queue.get_nowait()) is not None:
            yield task
