"""A stream that goes on after its connection: what has no answer yet is sent again on a new one.

The service ends streams when it is restarted, and old ones so that load is balanced anew. Answers come in the order of the
batches, so the client knows which have none. Each batch gets one answer; code may have run more than once for those that were
sent again, as after every retry.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from transformer.client import messages
from transformer.client.records import TransformBatch
from transformer.wire.pb import transform_pb2

__all__ = ["AsyncUnanswered", "Unanswered"]

_Request = transform_pb2.TransformStreamRequest


def _request(batch: TransformBatch) -> _Request:
    return _Request(request=messages.transform_request(batch))


class Unanswered:
    """The requests of a stream, for as many connections as it takes. gRPC reads them in a thread of its own."""

    def __init__(self, batches: Iterable[TransformBatch]) -> None:
        self._batches = iter(batches)
        self._open: deque[_Request] = deque()
        self._answered = 0
        self._books = threading.Lock()
        self._pulling = threading.Lock()  # a thread of a lost connection may still be waiting for a batch
        self._over = False
        self.raised: BaseException | None = None
        """What the iterator of batches raised; it counts as its end."""

    def requests(self) -> Iterator[_Request]:
        """What a new connection has to send: all that has no answer, then what follows."""
        with self._books:
            at = self._answered
        while (request := self._at(at)) is not None:
            at += 1
            yield request

    def answered(self) -> None:
        """The first one without an answer has got it."""
        with self._books:
            self._open.popleft()
            self._answered += 1

    def _known(self, at: int) -> _Request | None:
        with self._books:
            place = at - self._answered
            return self._open[place] if 0 <= place < len(self._open) else None

    def _at(self, at: int) -> _Request | None:
        with self._pulling:
            request = self._known(at)
            if request is None and not self._over:
                self._pull()
                request = self._known(at)
            return request

    def _pull(self) -> None:
        try:
            request = _request(next(self._batches))
        except StopIteration:
            self._over = True
        except BaseException as raised:  # noqa: BLE001 - it is the caller's, and told to the caller
            self._over, self.raised = True, raised
        else:
            with self._books:
                self._open.append(request)


class AsyncUnanswered:
    """The same in an event loop."""

    def __init__(self, batches: Iterable[TransformBatch] | AsyncIterable[TransformBatch]) -> None:
        self._batches = aiter(batches) if isinstance(batches, AsyncIterable) else _each(batches)
        self._open: deque[_Request] = deque()
        self._answered = 0
        self._pull: asyncio.Task[None] | None = None
        self._over = False
        self.raised: BaseException | None = None
        """What the iterator of batches raised; it counts as its end."""

    async def requests(self) -> AsyncIterator[_Request]:
        """What a new connection has to send: all that has no answer, then what follows."""
        at = self._answered
        while True:
            place = at - self._answered
            if place < len(self._open):
                at += 1
                yield self._open[place]
                continue
            if self._over:
                return
            if self._pull is None:
                self._pull = asyncio.create_task(self._next())
            # Shielded: the end of a connection must not end the caller's iterator.
            await asyncio.shield(self._pull)

    def answered(self) -> None:
        """The first one without an answer has got it."""
        self._open.popleft()
        self._answered += 1

    async def close(self) -> None:
        """Ask for no more batches."""
        if self._pull is not None:
            self._pull.cancel()
            await asyncio.wait({self._pull})

    async def _next(self) -> None:
        try:
            self._open.append(_request(await anext(self._batches)))
        except StopAsyncIteration:
            self._over = True
        except BaseException as raised:  # noqa: BLE001 - it is the caller's, and told to the caller
            self._over, self.raised = True, raised
        finally:
            self._pull = None


async def _each(batches: Iterable[TransformBatch]) -> AsyncIterator[TransformBatch]:
    for batch in batches:
        yield batch
