"""The asynchronous client: for services and benchmarks."""

# ruff: noqa: ASYNC109 - a timeout here is the deadline of the call, which the server gets to know
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import ModuleType, TracebackType
from typing import ClassVar, Self, TypeVar

import grpc
from tenacity import AsyncRetrying

from transformer.client import messages, service, tables
from transformer.client.calls import Call, Upload, method, told
from transformer.client.records import TransformBatch, TransformResult
from transformer.client.reopen import AsyncUnanswered
from transformer.client.resend import Resend
from transformer.client.retry import Tries, policy
from transformer.client.surface import Surface
from transformer.client.tap import tap
from transformer.errors import TransformerError

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(Surface):
    """A connection to a server, until `close()` or the end of the `async with` block. Belongs to one event loop."""

    _library: ClassVar[ModuleType] = grpc.aio

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; running calls fail. Harmless to repeat."""
        await self._channel.close(None)

    async def stream(
        self, batches: Iterable[TransformBatch] | AsyncIterable[TransformBatch], *, timeout: float | None = None
    ) -> AsyncIterator[TransformResult | TransformerError]:
        """Transform batches over one stream, pipelined, and yield their answers in order.

        A batch that fails as a whole yields its error in its place, and the stream goes on. Where the connection is lost or the
        service ends the stream, as for a restart, it is opened again and batches without an answer are sent again. `batches` is
        read as fast as the server takes them. `timeout` bounds the whole stream; None: it lives as long as its batches. Closing
        the iterator early cancels the stream.

        Raises:
            PlatformError: no connection could be had in as many attempts as the client makes, or the stream's time was up.
            What the iterator of batches raised.
        """
        unanswered, tries = AsyncUnanswered(batches), Tries(self._attempts, timeout)
        try:
            while True:
                call = self._start("TransformService", "TransformStream", unanswered.requests(), tries.left())
                error: TransformerError | None = None
                try:
                    async for response in call:
                        tries.progress()
                        unanswered.answered()
                        yield messages.read_stream_response(response)
                except grpc.RpcError as failed:
                    error = self._error(failed)
                finally:
                    call.cancel()
                if unanswered.raised is not None:
                    raise unanswered.raised
                if error is None:
                    return
                await asyncio.sleep(tries.wait(error))
        finally:
            await unanswered.close()

    async def _ask(self, call: Call[T]) -> T:
        seconds = self._timeout if call.timeout is None else call.timeout
        end = time.monotonic() + seconds

        async def attempt() -> T:
            try:
                return call.read(await self._start(call.service, call.method, call.request, end - time.monotonic()))
            except grpc.RpcError as failed:
                raise self._error(failed) from None

        return await AsyncRetrying(**policy(seconds, self._attempts))(attempt)

    async def _send(self, call: Upload[T]) -> T:
        wrong: list[Exception] = []
        try:
            return call.read(await self._start(call.service, call.method, told(call.requests(), wrong), call.timeout))
        except (grpc.RpcError, asyncio.CancelledError) as failed:
            if wrong:
                raise wrong[0] from None
            if isinstance(failed, grpc.RpcError):
                raise self._error(failed) from None
            raise

    async def _ask_again(self, resend: Resend) -> TransformResult:
        result = await self._ask(resend.start(self._timeout))
        while (wait := resend.take(result)) is not None:
            await asyncio.sleep(wait)
            try:
                result = await self._ask(resend.call())
            except TransformerError:
                break  # what is known so far is an answer; the events concerned keep their retryable outcome
        return resend.result()

    async def _follow(self, call: Call[T]) -> AsyncIterator[T]:
        answers = self._start(call.service, call.method, call.request, call.timeout)
        try:
            async for answer in answers:
                yield call.read(answer)
        except grpc.RpcError as failed:
            raise self._error(failed) from None
        finally:
            answers.cancel()

    transform_all = method(service.transform_all, _ask_again)
    tap = method(tap, _follow)
    push_table = method(tables.push_table, _send)
