"""One exchange with one host: a request out, an answer in, over a pool of connections of each workspace.

aiohttp does the HTTP. No redirect is followed here, no cookie kept, no proxy of the environment used. No connection is shared
between workspaces: what one of them did to a connection (a desynchronised one, a login of it) must not reach another.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import aiohttp

from transformer.broker.fetch.addresses import ForbiddenAddressError, Networks
from transformer.broker.fetch.body import Bodies
from transformer.broker.fetch.request import Request
from transformer.broker.fetch.resolver import Resolver
from transformer.wire.calls import CallError

__all__ = ["Client", "Exchange", "Progress"]

_IDLE_SECONDS: Final = 15.0
_WORKSPACES: Final = 1000
_LINE_BYTES: Final = 16 * 1024
_HEADERS: Final = 128
_DRAINED_BYTES: Final = 16 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Progress:
    """How far a call has come: for the sentence that says why it took too long."""

    phase: str = "connect"
    deadline: asyncio.Timeout | None = None

    @property
    def out_of_time(self) -> bool:
        """Whether the call ends because its time is over."""
        return self.deadline is not None and self.deadline.expired()


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer. `location` is where it sends us, if it does; then there is no body, unless it was wanted."""

    status: int
    reason: str
    headers: list[list[str]]
    body: bytes = b""
    location: str | None = None


class Client:
    """The connections of a server to the world. Belongs to the event loop that runs when it is first used.

    Args:
        networks: which addresses are allowed; asked for every connection.
        resolver: names to addresses.
        bodies: reads answers.
        context: how peers are verified.
    """

    def __init__(self, networks: Networks, resolver: Resolver, bodies: Bodies, context: ssl.SSLContext) -> None:
        self._networks = networks
        self._resolver = resolver
        self._bodies = bodies
        self._context = context
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._users: dict[str, int] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._trace = aiohttp.TraceConfig()
        self._trace.on_connection_create_end.append(_connected)
        self._trace.on_connection_reuseconn.append(_connected)

    async def exchange(self, workspace: str, request: Request, progress: Progress, *, redirects: bool) -> Exchange:
        """Send the request and read the answer; where `redirects`, of an answer that sends us elsewhere only the head.

        Raises:
            CallError: refused, invalid, connection, too_large; timeout only for its own connect_timeout and read_timeout.
        """
        progress.phase = "connect"
        self._users[workspace] = self._users.get(workspace, 0) + 1
        try:
            return await self._exchange(self._session(workspace), request, progress, redirects=redirects)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _told(error, progress) from None
        finally:
            self._users[workspace] -= 1
            if not self._users[workspace]:
                del self._users[workspace]

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        await asyncio.gather(*self._closing)
        await self._resolver.close()

    async def _exchange(
        self, session: aiohttp.ClientSession, request: Request, progress: Progress, *, redirects: bool
    ) -> Exchange:
        headers = list(request.headers)
        if not any(name.lower() == "accept-encoding" for name, _ in headers):
            headers.append(("Accept-Encoding", "gzip, deflate"))
        async with session.request(
            request.method,
            request.url,
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
            ssl=request.verify,
            timeout=aiohttp.ClientTimeout(connect=request.connect_timeout, sock_read=request.read_timeout),
            trace_request_ctx=progress,
        ) as response:
            head = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in response.raw_headers]
            reason = (response.reason or "")[:200]
            location = response.headers.get("Location")
            if redirects and response.status in _REDIRECTS and location is not None:
                await _drain(response)
                return Exchange(response.status, reason, head, location=location)
            return Exchange(response.status, reason, head, await self._bodies.read(response))

    def _session(self, workspace: str) -> aiohttp.ClientSession:
        """Those used last are last; beyond a thousand, those of workspaces that have nothing under way go first."""
        session = self._sessions.pop(workspace, None)
        if session is None:
            for other in list(self._sessions)[: max(0, len(self._sessions) + 1 - _WORKSPACES)]:
                if other not in self._users:
                    closing = asyncio.create_task(self._sessions.pop(other).close())
                    self._closing.add(closing)
                    closing.add_done_callback(self._closing.discard)
            session = self._open()
        self._sessions[workspace] = session
        return session

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # room.py bounds them
                ssl=self._context,
                resolver=_Shared(self._resolver),
                use_dns_cache=False,
                keepalive_timeout=_IDLE_SECONDS,
                socket_factory=self._networks.open_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_HEADERS,
            trace_configs=[self._trace],
        )


class _Shared(aiohttp.abc.AbstractResolver):
    """The one resolver for the connectors of all sessions: none of them closes it."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolve = resolver.resolve  # type: ignore[method-assign]  # the same, without a step in between

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[aiohttp.abc.ResolveResult]:
        """Replaced above."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing: others use it."""


async def _connected(_session: aiohttp.ClientSession, context: SimpleNamespace, _: object) -> None:
    context.trace_request_ctx.phase = "read"


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a short body, so that its connection can be used again; leave a long one, which closes it."""
    if (response.content_length or 0) <= _DRAINED_BYTES:
        with contextlib.suppress(aiohttp.ClientError):
            await response.content.read(_DRAINED_BYTES)
    if not response.content.is_eof():
        response.close()


def _told(error: Exception, progress: Progress) -> CallError:
    """The error of a call; without the names and addresses that those of libraries hold."""
    inner = getattr(error, "os_error", error)
    if isinstance(inner, ForbiddenAddressError):
        told = "fetch: the host has no public address, and no other may be reached (fetch_private)"
        return CallError("refused", told, {"why": "private"})
    if isinstance(error, (aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError)):
        phase = "connect" if isinstance(error, aiohttp.ConnectionTimeoutError) else "read"
        return CallError("timeout", f"fetch: {phase}_timeout is over", {"phase": phase})
    if isinstance(error, aiohttp.InvalidURL):
        return CallError("invalid", "fetch: url cannot be asked")
    why, told = _reason(error, progress)
    return CallError("connection", f"fetch: {told}", {"why": why})


def _reason(error: Exception, progress: Progress) -> tuple[str, str]:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", "the name of the host cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        verify = getattr(error.certificate_error, "verify_message", "") or "it is not valid"
        return "tls", f"the certificate of the host cannot be trusted: {verify[:120]}"
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return "tls", "TLS could not be agreed upon with the host"
    if progress.phase == "connect":
        return "connect", "the host cannot be connected to"
    if isinstance(error, (aiohttp.ClientResponseError, ValueError)):
        return "closed", "the host's answer is not HTTP, or its head is too large"
    return "closed", "the host broke off before its answer was complete"
