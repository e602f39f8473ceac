"""One exchange with one host: a request out, an answer in, and in words what went wrong.

aiohttp does the HTTP. No redirect is followed here, no cookie kept, no proxy of the environment used.
"""

from __future__ import annotations

import contextlib
import errno
import ssl
from collections.abc import Callable
from typing import Final

import aiohttp

from transformer.broker.fetch.addresses import ForbiddenAddressError, Networks
from transformer.broker.fetch.body import Bodies
from transformer.broker.fetch.exchange import Exchange, Progress
from transformer.broker.fetch.pools import Pools
from transformer.broker.fetch.request import Request
from transformer.broker.fetch.resolver import Resolver
from transformer.wire.calls import CallError

__all__ = ["Client"]

_HEAD_BYTES: Final = 64 * 1024
_DRAINED_BYTES: Final = 16 * 1024
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Client:
    """Exchanges over pooled connections. Belongs to the event loop that runs when it is first used; `close` it.

    Args:
        networks: which addresses are allowed; asked for every connection.
        resolver: names to addresses.
        bodies: reads answers.
        context: makes what says how peers are verified.
        idle: connections that may lie idle.
    """

    def __init__(
        self, networks: Networks, resolver: Resolver, bodies: Bodies, context: Callable[[], ssl.SSLContext], *, idle: int
    ) -> None:
        self._resolver = resolver
        self._bodies = bodies
        self._pools = Pools(networks, resolver, context, idle, Progress.connected)

    async def exchange(self, workspace: str, request: Request, progress: Progress, *, redirects: bool) -> Exchange:
        """Send the request and read the answer; where `redirects`, of an answer that sends us elsewhere only the head.

        It is sent once; again only if it changes nothing and a connection that had been used before turned out to be dead.

        Raises:
            CallError: refused, invalid, connection, too_large, unavailable; timeout only for its own connect_timeout and
                read_timeout.
        """
        progress.phase = "connect"
        try:
            with self._pools.session(workspace) as session:
                try:
                    return await self._exchange(session, request, progress, redirects=redirects)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                    if not (progress.reused and request.method in _REPEATABLE):
                        raise
                return await self._exchange(session, request, progress, redirects=redirects)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _told(error, progress, request) from None

    @property
    def idle(self) -> int:
        """Connections that lie idle now."""
        return self._pools.idle

    async def close(self) -> None:
        """Close every connection."""
        await self._pools.close()
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
            if sum(len(name) + len(value) for name, value in head) > _HEAD_BYTES:
                response.close()
                raise CallError("too_large", f"fetch: the head of the answer is over {_HEAD_BYTES} bytes", {"why": "response"})
            reason = (response.reason or "")[:200].encode("utf-8", "surrogateescape").decode("latin-1")
            location = response.headers.get("Location")
            if redirects and response.status in _REDIRECTS and location is not None:
                await _drain(response)
                return Exchange(response.status, reason, head, location=location)
            return Exchange(response.status, reason, head, await self._bodies.read(response))


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a short body, so that its connection can be used again; leave a long one, which closes it."""
    if (response.content_length or 0) <= _DRAINED_BYTES:
        with contextlib.suppress(aiohttp.ClientError):
            await response.content.read(_DRAINED_BYTES)
    if not response.content.is_eof():
        response.close()


def _told(error: Exception, progress: Progress, request: Request) -> CallError:
    """The error of a call; without the names and addresses that those of libraries hold."""
    inner = getattr(error, "os_error", error)
    if isinstance(inner, ForbiddenAddressError):
        told = "fetch: the host has no public address, and no other may be reached (fetch_private)"
        return CallError("refused", told, {"why": "private"})
    if isinstance(inner, OSError) and inner.errno in _OURS:
        return CallError("unavailable", "the server has no room for another connection")
    if isinstance(error, (aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError)):
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            told, phase = f"there was no connection to the host within {request.connect_timeout:g} s", "connect"
        else:
            told, phase = f"nothing came from the host for {request.read_timeout:g} s", "read"
        return CallError("timeout", f"fetch: {told}", {"phase": phase})
    if isinstance(error, aiohttp.InvalidURL):
        return CallError("invalid", "fetch: url names no host that there can be; an IPv4 address has four decimal numbers")
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
