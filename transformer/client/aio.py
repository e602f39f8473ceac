"""The asynchronous client: for services and benchmarks."""

# ruff: noqa: ASYNC109 - a timeout here is the deadline of the call, which the server gets to know
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from grpc_health.v1 import health_pb2
from tenacity import AsyncRetrying

from transformer.client import calls, messages
from transformer.client.aio_keys import AsyncKeys
from transformer.client.aio_registry import AsyncRegistry
from transformer.client.calls import Call
from transformer.client.connection import error_of, stubs
from transformer.client.credentials import Tls, check_key, metadata, open_channel
from transformer.client.records import EventLike, EventMetadata, TransformBatch, TransformResult
from transformer.client.reopen import AsyncUnanswered
from transformer.client.resend import Resend
from transformer.client.retry import ATTEMPTS, Tries, policy
from transformer.client.tap import TapMessage, read_tap, watch_request
from transformer.client.tracing import traced
from transformer.errors import TransformerError
from transformer.outcome import Status

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(AsyncRegistry, AsyncKeys):
    """A connection to a server, until `close()` or the end of the `async with` block. Belongs to one event loop.

    Args:
        server: host:port; or several, which get calls in turn: IP addresses with commas between them, or dns:///name:port.
        timeout: seconds that a call may take in total, its retries included, where the call says nothing else.
        actor: who is calling, for the audit trail, where the server asks for no credentials.
        attempts: how often a call is tried at most; 1 never tries again.
        api_key: an API key, or a JWT.
        tls: talk over TLS; None for plain text.
        insecure: send the API key to another machine even in plain text.
    """

    def __init__(
        self,
        server: str = "127.0.0.1:50051",
        *,
        timeout: float = 30.0,
        actor: str = "",
        attempts: int = ATTEMPTS,
        api_key: str = "",
        tls: Tls | None = None,
        insecure: bool = False,
    ) -> None:
        check_key(server, api_key, tls, insecure=insecure)
        self._server, self._timeout, self._attempts = server, timeout, attempts
        self._metadata = metadata(actor, api_key)
        self._channel = open_channel(grpc.aio, server, tls)
        self._stubs = stubs(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; running calls fail. Harmless to repeat."""
        await self._channel.close(None)

    async def transform(
        self,
        *,
        workspace: str,
        transformations: Sequence[str],
        events: Sequence[EventLike],
        defaults: EventMetadata | None = None,
        include_logs: bool = False,
        timeout: float | None = None,
    ) -> TransformResult:
        """Transform one batch: an outcome for every event, in order. See `TransformBatch` for what may be given.

        Raises:
            CallerError: the request is wrong, too large, or names something that does not exist.
            PlatformError: the service could not answer in time; sending it again may succeed.
        """
        batch = TransformBatch(
            workspace=workspace, transformations=transformations, events=events, defaults=defaults, include_logs=include_logs
        )
        return await self._carry_out(calls.transform(batch), timeout)

    async def transform_all(
        self,
        *,
        workspace: str,
        transformations: Sequence[str],
        events: Sequence[EventLike],
        defaults: EventMetadata | None = None,
        include_logs: bool = False,
        timeout: float | None = None,
    ) -> TransformResult:
        """Like `transform`, and sends the events that failed as retryable again, alone, until none is left or the time is up.

        The result has every event's last outcome at its own index. Events that go again do so later than others of their batch:
        not for pipelines that need the order kept.
        """
        batch = TransformBatch(
            workspace=workspace, transformations=transformations, events=events, defaults=defaults, include_logs=include_logs
        )
        clock = asyncio.get_running_loop().time
        end = clock() + (self._timeout if timeout is None else timeout)
        resend = Resend(batch)
        result = await self._carry_out(calls.transform(batch), timeout)
        while (wait := resend.take(result)) is not None and clock() + wait < end:
            await asyncio.sleep(wait)
            try:
                result = await self._carry_out(calls.transform(resend.batch()), end - clock())
            except TransformerError:
                break  # what is known so far is an answer; the events concerned keep their retryable outcome
        return resend.result()

    async def stream(
        self,
        batches: Iterable[TransformBatch] | AsyncIterable[TransformBatch],
        *,
        timeout: float | None = None,
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
        clock = asyncio.get_running_loop().time
        end = None if timeout is None else clock() + timeout
        unanswered = AsyncUnanswered(batches)
        tries = Tries(self._attempts)
        try:
            while True:
                left = None if end is None else max(0.0, end - clock())
                call = self._stubs["TransformService"].TransformStream(
                    unanswered.requests(), timeout=left, metadata=traced(self._metadata)
                )
                error: TransformerError | None = None
                try:
                    async for response in call:
                        tries.progress()
                        unanswered.answered()
                        yield messages.read_stream_response(response)
                except grpc.RpcError as failed:
                    error = error_of(failed, self._server)
                finally:
                    call.cancel()
                if unanswered.raised is not None:
                    raise unanswered.raised
                if error is None:
                    return
                wait = tries.wait(error)
                if wait is None or (end is not None and clock() + wait >= end):
                    raise error
                await asyncio.sleep(wait)
        finally:
            await unanswered.close()

    async def tap(
        self,
        workspace: str,
        transformation: str,
        *,
        filter: str = "",  # noqa: A002 - the word of the contract
        sample: float | None = None,
        sticky: bool = False,
        fields: Sequence[str] = (),
        outcomes: Collection[Status] = (),
        max_per_second: int = 0,
        max_events: int = 0,
        include_logs: bool = False,
        timeout: float | None = None,
    ) -> AsyncIterator[TapMessage]:
        """Watch live events of a transformation, before and after it, as they come by; see tap.proto for filter and fields.

        Yields a status first, when the watch is in place, one every second, and one last; events between them. Ends after
        `max_events`, with `timeout` (None: never), or when the iterator is closed. What comes too fast to be read is left out
        and counted in the status; the server's rules hide what they name.

        Raises:
            CallerError: there is no such transformation (any more), or the filter is wrong, with its place.
            PlatformError: too many watch already, the service shuts down, the connection was lost, or the time was up.
        """
        request = watch_request(
            workspace,
            transformation,
            expression=filter,
            sample=sample,
            sticky=sticky,
            fields=fields,
            outcomes=outcomes,
            max_per_second=max_per_second,
            max_events=max_events,
            include_logs=include_logs,
        )
        call = self._stubs["TapService"].Watch(request, timeout=timeout, metadata=traced(self._metadata))
        try:
            async for response in call:
                yield read_tap(response)
        except grpc.RpcError as failed:
            raise error_of(failed, self._server) from None
        finally:
            call.cancel()

    async def health(
        self,
        service: str = "",
        *,
        timeout: float | None = None,
    ) -> str:
        """The health of a service, "" for the whole server: "SERVING" or "NOT_SERVING". Raises CallerError NOT_FOUND."""
        request = health_pb2.HealthCheckRequest(service=service)
        return await self._carry_out(Call("Health", "Check", request, messages.read_health), timeout)

    async def _carry_out(self, call: Call[T], timeout: float | None) -> T:
        seconds = self._timeout if timeout is None else timeout
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        method: Any = getattr(self._stubs[call.service], call.method)

        async def attempt() -> T:
            try:
                answer = await method(call.request, timeout=max(0.0, end - clock()), metadata=traced(self._metadata))
            except grpc.RpcError as failed:
                raise error_of(failed, self._server) from None
            return call.read(answer)

        return await AsyncRetrying(**policy(seconds, self._attempts))(attempt)
