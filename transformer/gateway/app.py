"""The ASGI application: a request becomes a call, an error becomes an answer.

Around every endpoint, once: the gate, who calls, the body and its bounds, one observed request, and the last word on errors.
What is not the caller's fault leaves as a 503 that tells a data plane to send the same again; also where its credentials are
not accepted, since a data plane throws events away that were refused for good, and a key that expired is no fault of theirs.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import gzip
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.routing import Route as StarletteRoute
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from transformer.access import Rule
from transformer.access.roles import OWN
from transformer.errors import CallerError, Code, PlatformError, TransformerError
from transformer.gateway.replies.answers import API_VERSION, Answer, refused, retry
from transformer.gateway.requests.bodies import LargeBodyError, metadatas_of
from transformer.gateway.requests.calls import Call, Headers
from transformer.gateway.requests.mending import mend
from transformer.gateway.requests.reading import REST_SECONDS, Arriving, Room, body_of
from transformer.gateway.routes import Endpoint, Route
from transformer.service.beside import Parts
from transformer.service.interceptors import Incoming

__all__ = ["application"]

_STATUS: Final[Mapping[Code, int]] = {
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.BATCH_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
}
_KEPT_OUT: Final = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED})
_NO_EVENTS: Final = frozenset({"", OWN})
"""Where a rule says so, its route takes no events of a data plane."""
_GZIP_LEVEL: Final = 1
_LONG_BYTES: Final = 2**18
"""What is at least so long is packed beside the event loop: it takes milliseconds."""


def application(parts: Parts, routes: list[Route]) -> Router:
    """The application that serves these routes."""
    room = Room(parts.settings.gateway_body_bytes, parts.settings.gateway_held_bytes)
    mending = asyncio.Lock()
    served: dict[str, dict[str, _Served]] = {}
    for route in routes:
        served.setdefault(route.path, {})[route.method] = _Served(route.rule, route.endpoint, parts, room, mending)
    found = [StarletteRoute(path, _Methods(methods)) for path, methods in served.items()]
    return Router(found, redirect_slashes=False, default=_nowhere)


class _Methods:
    """One path, for which there may be several methods."""

    def __init__(self, methods: Mapping[str, _Served]) -> None:
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = "GET" if scope["method"] == "HEAD" else scope["method"]
        served = self._methods.get(asked)
        if served is not None:
            await served(scope, receive, send)
            return
        allowed = ", ".join(sorted(self._methods))
        answer = refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{scope['method'][:16]} is not served here; there is {allowed}")
        await _send(send, Answer(answer.status, answer.body, {"Allow": allowed}))


class _Served:
    """A route as it is served."""

    def __init__(self, rule: Rule, endpoint: Endpoint, parts: Parts, room: Room, mending: asyncio.Lock) -> None:
        self._rule = rule
        self._endpoint = endpoint
        self._parts = parts
        self._room = room
        self._mending = mending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope["headers"], authorization=_bearer(scope["headers"]))
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        call = Call(b"", scope["path_params"], query, headers, Incoming(headers), self._rule, self._parts)  # type: ignore[arg-type]  # all that is asked of a context
        call.method, call.target = scope["method"], _target(scope)
        gate = self._parts.gate
        arriving = Arriving(receive)
        gone = False

        async def watch(task: asyncio.Task[Any]) -> None:
            nonlocal gone
            if (await receive())["type"] == "http.disconnect":
                gone = True
                task.cancel()

        gate.inside.add(headers)
        try:
            held = 0
            try:
                if gate.closed and self._rule.role is not None:
                    await gate.wait()
                await self._admit(call, arriving)
                held = self._room.take(len(call.body))
                task = asyncio.current_task()
                assert task is not None  # this is a coroutine
                watching = asyncio.create_task(watch(task))
                try:
                    answer = await self._answer(call)
                finally:
                    watching.cancel()
            except PlatformError as error:
                await self._hear_out(call, arriving)
                answer = _later(call, error)
            except CallerError as error:
                await self._hear_out(call, arriving, keep=False)  # nothing is held for who may not be known
                answer = self._refused(call, error)
            finally:
                self._room.give_back(held)
            await _send(send, await self._packed(answer, headers), bare=scope["method"] == "HEAD")
        except asyncio.CancelledError:
            if not gone:
                raise
        finally:
            gate.inside.discard(headers)
            headers.done()

    async def _admit(self, call: Call, arriving: Arriving) -> None:
        """Have the body of a call that may be carried out. Raises CallerError, PlatformError, and observes what it refuses."""
        try:
            await self._enter(call)
            call.body = await body_of(arriving, call.headers, self._room)
        except TransformerError:
            with self._parts.observer.request(self._rule.method, call.headers) as line:
                _tell(call, line)
                raise

    async def _enter(self, call: Call) -> None:
        """Raises CallerError, PlatformError: the caller may not ask this, or not now."""
        guard = self._parts.guard
        if guard is None or self._rule.role is None:
            return
        caller = await guard.identify(call.headers.invocation_metadata())
        call.incoming.caller = caller
        guard.check_role(self._rule, caller)
        await guard.count(caller)

    async def _hear_out(self, call: Call, arriving: Arriving, *, keep: bool = True) -> None:
        """Before a request is refused: have all of it, and know which events to name in the answer, if there is room."""
        if keep and not arriving.over:
            with contextlib.suppress(PlatformError, CallerError, TimeoutError):
                async with asyncio.timeout(REST_SECONDS):
                    call.body = await body_of(arriving, call.headers, self._room)
        await arriving.let_come(self._room.body_bytes)
        if not call.metadatas and call.body:
            call.metadatas = metadatas_of(call.body)

    async def _answer(self, call: Call) -> Answer:
        with self._parts.observer.request(self._rule.method, call.headers) as line:
            _tell(call, line)
            answer = await self._carry_out(call)
            line["http"] = answer.status
            return answer

    async def _carry_out(self, call: Call) -> Answer:
        try:
            return await self._endpoint(call)
        except LargeBodyError:
            async with self._mending:  # one at a time: it takes the interpreter from everybody else
                call.body = await asyncio.to_thread(mend, call.body)
        return await self._endpoint(call)

    def _refused(self, call: Call, error: CallerError) -> Answer:
        if error.code in _KEPT_OUT and self._rule.where not in _NO_EVENTS:
            return retry(call.metadatas, error.code.name.lower(), error.message)
        return refused(_STATUS.get(error.code, HTTPStatus.BAD_REQUEST), error.message)

    async def _packed(self, answer: Answer, headers: Headers) -> Answer:
        least = self._parts.settings.gateway_gzip_bytes
        if not least or not answer.ours or len(answer.body) < least or not headers.take_gzip:
            return answer
        if len(answer.body) < _LONG_BYTES:
            packed = gzip.compress(answer.body, _GZIP_LEVEL, mtime=0)
        else:
            packed = await asyncio.to_thread(gzip.compress, answer.body, _GZIP_LEVEL, mtime=0)
        return Answer(answer.status, packed, {**answer.headers, "Content-Encoding": "gzip"}, answer.kind)


def _tell(call: Call, line: dict[str, Any]) -> None:
    """Have a call write into the log line of its request."""
    if call.incoming.caller is not None:
        line["caller"] = call.incoming.caller.name
    call.incoming.line = line


def _later(call: Call, error: PlatformError) -> Answer:
    if call.rule.where in _NO_EVENTS:  # whoever asks these tries a 503 again, if it says no more
        answer = refused(HTTPStatus.SERVICE_UNAVAILABLE, error.message)
    else:
        answer = retry(call.metadatas, error.code.name.lower(), error.message)
    if error.retry_after_seconds is None:
        return answer
    return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": str(max(1, round(error.retry_after_seconds)))})


def _bearer(headers: list[tuple[bytes, bytes]]) -> str:
    """Credentials as the guard reads them: a key may also come as user or password, as clients send it from an address."""
    sent = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    if len(sent) != 1 or sent[0][:6].lower() != "basic ":
        return sent[0] if len(sent) == 1 else ""
    try:
        user, _, password = base64.b64decode(sent[0][6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return f"Bearer {password or user}"


def _target(scope: Scope) -> str:
    """Path and query, as they came."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


async def _send(send: Send, answer: Answer, *, bare: bool = False) -> None:
    own = [(b"content-type", answer.kind), API_VERSION] if answer.ours else []
    headers = [(b"content-length", b"%d" % len(answer.body)), *own]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bare else answer.body})


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as every application
    if scope["type"] == "http":
        await _send(send, refused(HTTPStatus.NOT_FOUND, "there is no such route; GET /openapi.json lists all"))
