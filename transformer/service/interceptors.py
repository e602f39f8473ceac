"""Around every method, once: its deadline and caller in, one log line, and errors as rich gRPC statuses out.

The methods themselves are plain functions of a request and an `Incoming`; they raise our errors and know nothing of gRPC. They
are wrapped when the service is registered rather than by a gRPC interceptor, which would build its wrapper anew for every call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from transformer.access import Caller, Rule, rule_of
from transformer.access.guard import Guard
from transformer.errors import CallerError, Code, PlatformError, TransformerError
from transformer.observe import Observer
from transformer.service.admission import Admission
from transformer.service.gate import Gate
from transformer.wire.status import DETAILS_KEY, told_of

__all__ = ["ACTOR_KEY", "PROFILE_KEY", "Early", "Incoming", "Interceptor"]

ACTOR_KEY: Final = "x-actor"
PROFILE_KEY: Final = "x-transformer-profile"

# What an answer needs to get back to the caller in time: at most this long, and at most this part of what is left.
_WAY_BACK_SECONDS: Final = 0.1
_WAY_BACK_PART: Final = 0.1

_GRPC: Final[Mapping[int, grpc.StatusCode]] = MappingProxyType({status.value[0]: status for status in grpc.StatusCode})

RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message | bytes)  # bytes: serialised already
WhereT = TypeVar("WhereT", tuple[str, str], tuple[str, str, str], tuple[str, str, int])
AskedT = TypeVar("AskedT")  # a request, or a stream of them
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


@dataclass(slots=True)
class Incoming:
    """What a method gets to know besides its request.

    context    the call, None in tests
    deadline   when the answer must be ready, in the event loop's time; None for no deadline
    line       facts for the request's log line
    caller     whose credentials it carries; None where nobody is asked for any
    """

    context: Context | None = None
    deadline: float | None = None
    line: dict[str, Any] = field(default_factory=dict)
    caller: Caller | None = None

    @property
    def metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """What the caller sent beside its request."""
        return () if self.context is None else tuple(self.context.invocation_metadata() or ())

    @property
    def actor(self) -> str:
        """Who calls: by its credentials or, where nobody is asked for any, as the caller says; "" if it does not."""
        if self.caller is not None:
            return self.caller.name
        # Looked up when it is asked for: batches never do.
        actor = next((value for key, value in self.metadata if key == ACTOR_KEY), "")
        return actor if isinstance(actor, str) else ""

    @property
    def scope(self) -> str:
        """The one workspace that the caller may act in; "" for every one."""
        return "" if self.caller is None else self.caller.workspace

    def within(self, where: WhereT) -> WhereT:
        """What a resource's name says, the workspace first: that goes into the log line."""
        self.line["workspace"] = where[0]
        return where


class Early(Protocol):
    """Knows which batches need not be read."""

    def of(self, request: bytes, context: Any, inside: int) -> PlatformError | None:
        """The refusal of a request, in its bytes, while so many others are carried out; None: it has to be read."""
        ...


class Interceptor:
    """Wraps methods of services. With the profile `development`, every answer says so in its trailing metadata."""

    def __init__(self, observer: Observer, profile: str, gate: Gate | None = None, guard: Guard | None = None) -> None:
        self._observer = observer
        self._gate = gate or Gate()
        self.admission = None if guard is None else Admission(guard)
        """Who asks who calls; None where nobody is asked."""
        self._trailers: tuple[tuple[str, str | bytes], ...] = ((PROFILE_KEY, profile),) if profile == "development" else ()

    def servicer(self, methods: Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]], **streams: Any) -> Any:
        """Something to register with gRPC: every method wrapped, and `streams` with what `stream` made of them."""
        return SimpleNamespace(**{name: self._unary(name, method) for name, method in methods.items()}, **streams)

    def stream(
        self, name: str, method: Callable[[AskedT, Incoming], AsyncIterator[ResponseT]]
    ) -> Callable[[AskedT, Context], AsyncIterator[ResponseT]]:
        """A streaming method, wrapped. Its batches are lines of their own, by `answer`; the stream is one more when it ends."""
        gate, rule = self._gate, rule_of(name)

        async def behave(asked: AskedT, context: Context) -> AsyncIterator[ResponseT]:
            self._mark(context)
            try:
                if gate.closed:
                    await gate.wait()
                gate.inside.add(context)
                with self._observer.stream(name, context) as line:
                    line["answers"] = 0
                    incoming = _incoming(context)
                    incoming.line = line
                    await self._enter(rule, asked, incoming)
                    async for response in method(asked, incoming):
                        line["answers"] += 1
                        yield response
                if gate.closed:
                    await gate.leave()
            except TransformerError as error:
                if gate.closed:
                    await gate.leave()
                await self._refuse(context, error)
            finally:
                gate.inside.discard(context)

        return behave

    def upload(
        self, name: str, method: Callable[[RequestT, AsyncIterator[RequestT], Incoming], Awaitable[ResponseT]]
    ) -> Callable[[AsyncIterator[RequestT], Context], Awaitable[ResponseT | None]]:
        """A method that takes a stream and gives one answer, wrapped. Its first message says who is concerned."""

        async def behave(requests: AsyncIterator[RequestT], context: Context) -> ResponseT | None:
            async def all_of(first: RequestT, incoming: Incoming) -> ResponseT:
                return await method(first, requests, incoming)

            async for first in requests:
                return await self._unary(name, all_of)(first, context)
            self._mark(context)
            await self._refuse(context, CallerError(Code.BAD_REQUEST, f"{name} was sent no message"))
            return None

        return behave

    def batches(
        self,
        name: str,
        method: Callable[[RequestT, Incoming], Awaitable[ResponseT]],
        request: type[RequestT],
        early: Early,
        most_bytes: int,
    ) -> Callable[[bytes, Context], Awaitable[ResponseT | None]]:
        """A method that gets its requests as bytes, wrapped: those that `early` refuses, or that are larger, are never read."""
        behave = self._unary(name, method)
        gate = self._gate
        inside = 0  # without streams and other methods, unlike the gate's

        async def look(data: bytes, context: Context) -> ResponseT | None:
            nonlocal inside
            if len(data) > most_bytes:
                told = f"the request has {len(data)} bytes; the limit is {most_bytes}; send smaller batches"
                await self._refuse(context, CallerError(Code.BATCH_TOO_LARGE, told))
                return None
            if not gate.closed and (refusal := early.of(data, context, inside)) is not None:
                await self._refuse(context, refusal)
                return None
            inside += 1
            try:
                return await behave(request.FromString(data), context)
            except DecodeError:
                self._mark(context)
                await self._refuse(context, CallerError(Code.BAD_REQUEST, "the request is not a message of its method"))
                return None
            finally:
                inside -= 1

        return look

    async def answer(
        self, name: str, method: Callable[[RequestT, Incoming], Awaitable[ResponseT]], request: RequestT, incoming: Incoming
    ) -> ResponseT:
        """Carry out one request and log it. Raises TransformerError and nothing else, except for cancellation."""
        with self._observer.request(name, incoming.context) as incoming.line:
            if self.admission is not None:
                await self.admission.admit(rule_of(name), request, incoming)
            return await method(request, incoming)

    async def _enter(self, rule: Rule, asked: object, incoming: Incoming) -> None:
        if self.admission is None:
            return
        if isinstance(asked, Message):
            await self.admission.admit(rule, asked, incoming)
        else:  # requests that are yet to come are admitted by `answer`
            await self.admission.enter(rule, incoming)

    def _unary(
        self, name: str, method: Callable[[RequestT, Incoming], Awaitable[ResponseT]]
    ) -> Callable[[RequestT, Context], Awaitable[ResponseT | None]]:
        gate = self._gate
        rule_of(name)  # a method without a rule is never served

        async def behave(request: RequestT, context: Context) -> ResponseT | None:
            self._mark(context)
            try:
                if gate.closed:
                    await gate.wait()
                gate.inside.add(context)
                response = await self.answer(name, method, request, _incoming(context))
            except TransformerError as error:
                if gate.closed:
                    await gate.leave()
                await self._refuse(context, error)
                return None
            else:
                if gate.closed:
                    await gate.leave()
                return response
            finally:
                gate.inside.discard(context)

        return behave

    def _mark(self, context: Context) -> None:
        if self._trailers:
            context.set_trailing_metadata(self._trailers)

    async def _refuse(self, context: Context, error: TransformerError) -> None:
        """Have the call end with this error, whatever is returned to gRPC then.

        gRPC keeps the exception of `abort`, and raises it again by itself; tasks keep theirs. With their tracebacks they would
        hold on to every frame on their way and to the call: dozens of objects in cycles. Ending those of some hundred refusals
        in one garbage collection kept everybody waiting for 5 to 15 ms.
        """
        number, message, details = told_of(error)
        try:
            await context.abort(_GRPC[number], message, (*self._trailers, (DETAILS_KEY, details)))
        except grpc.aio.AbortError as aborted:
            for done in (aborted, error):
                done.__traceback__ = done.__context__ = done.__cause__ = None


def _incoming(context: Context) -> Incoming:
    left = context.time_remaining()
    deadline = None
    if left is not None:
        deadline = asyncio.get_running_loop().time() + left - min(_WAY_BACK_SECONDS, left * _WAY_BACK_PART)
    return Incoming(context, deadline)
