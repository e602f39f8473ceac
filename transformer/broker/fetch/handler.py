"""The whole of a fetch call: who may go where, redirects, time, the cache; errors in words without URLs or data."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from yarl import URL

from transformer.broker.fetch.addresses import Networks, parse_networks
from transformer.broker.fetch.body import Bodies
from transformer.broker.fetch.breaker import Breakers, CircuitOpenError
from transformer.broker.fetch.cache import Answer, ResponseCache
from transformer.broker.fetch.exchange import Exchange, Progress
from transformer.broker.fetch.names import parse_overrides, parse_servers
from transformer.broker.fetch.request import Keep, Request, read_request, read_url
from transformer.broker.fetch.room import Room
from transformer.broker.fetch.rules import HostRules, parse_hosts
from transformer.capabilities import Capabilities
from transformer.observe import Logger
from transformer.settings import Settings, SettingsError
from transformer.wire.calls import CallError, CallErrorKind

if TYPE_CHECKING:
    from transformer.broker.fetch.client import Client

__all__ = ["Fetch"]

T = TypeVar("T")

_CLIENT: Final = "transformer.broker.fetch.client"
_HEAD_BYTES: Final = 256 * 1024  # what the rest of a value may take of reply_bytes
_IDLE: Final = 512
_PART: Final = 0.98
_STILL: Final = {
    "room": "it waited for other calls of the workspace or to the host",
    "connect": "the host was not connected to",
    "read": "the host had not answered, or not to the end",
}
_PATIENCE_SECONDS: Final = 1.0
"""Who does not wait as long for an answer says nothing of the host."""


class Fetch:
    """Answers the host calls of kind `fetch`. Belongs to one event loop; `close` it.

    Raises:
        SettingsError: the settings of fetch make no sense together with this machine: a file of CAs that cannot be read.
    """

    def __init__(self, settings: Settings, log: Logger | None = None) -> None:
        self._log = log
        self._networks = Networks(_parsed("fetch_private", parse_networks, settings.fetch_private))
        self._kept_seconds = settings.fetch_dns_seconds
        self._overrides = _parsed("fetch_dns_overrides", parse_overrides, settings.fetch_dns_overrides)
        self._servers = _parsed("fetch_dns_servers", parse_servers, settings.fetch_dns_servers)
        most = max(settings.reply_bytes - _HEAD_BYTES, settings.reply_bytes // 2)
        self._bodies = Bodies(most, settings.fetch_held_bytes)
        descriptors = _descriptors()
        self._most_idle = min(_IDLE, descriptors // 8)
        self._context = partial(_context, settings.fetch_ca)
        if settings.fetch_ca:
            self._context()
        self._loaded = False
        self._rules = HostRules(_parsed("fetch_hosts", parse_hosts, settings.fetch_hosts))
        self._room = Room(
            over_all=min(settings.fetch_concurrent, descriptors // 4),
            workspace=settings.fetch_workspace_concurrent,
            host=settings.fetch_host_concurrent,
        )
        self._breakers = Breakers(settings.fetch_breaker_failures, settings.fetch_breaker_seconds)
        self._cache = ResponseCache(settings.fetch_cache_bytes)
        self._seconds = settings.call_seconds * _PART  # so that it is we who say that it took too long, and at what
        self._call_bytes = settings.call_bytes
        self._unverified = settings.fetch_unverified

    async def answer(self, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> Answer:
        """The value of a call: status, reason, url, headers, body, history, elapsed, cached.

        Raises:
            CallError: of any kind but unsupported and missing. `details` says more: `why`, or the `phase` of a time-out.
        """
        request = read_request(arguments, self._call_bytes)
        if not request.verify and not self._unverified:
            raise CallError("refused", "fetch: verify may not be turned off here (fetch_unverified)", {"why": "operator"})
        self._check_host(workspace, grants, request.url)
        await self._load()
        progress = Progress()
        seconds = min(request.timeout or self._seconds, self._seconds)
        try:
            async with asyncio.timeout(seconds) as progress.deadline:
                if request.delay:
                    await asyncio.sleep(request.delay)
                if request.keep is None:
                    return await self._call(workspace, grants, request, progress)
                key = _cache_key(request, request.keep, grants)
                return await self._cache.answer(
                    workspace, key, request.keep.seconds, lambda: self._call(workspace, grants, request, progress)
                )
        except TimeoutError:
            if progress.phase == "room" and self._room.full:
                raise CallError(
                    "unavailable", "the server has as many calls of fetch under way as it may (fetch_concurrent)"
                ) from None
            told = f"fetch: no complete answer within {seconds:g} s: {_STILL[progress.phase]}"
            phase = "read" if progress.phase == "read" else "connect"
            raise CallError("timeout", told, {"phase": phase}) from None

    @property
    def held(self) -> int:
        """Bytes of answers that are being read now."""
        return self._bodies.held

    def stats(self) -> dict[str, float]:
        """Numbers to be scraped."""
        return {"hosts_left_alone": self._breakers.open}

    @property
    def idle(self) -> int:
        """Connections that lie idle now."""
        return self._client.idle if self._loaded else 0

    async def close(self) -> None:
        """Close every connection."""
        if self._loaded:
            await self._client.close()

    async def _load(self) -> None:
        """Load what speaks HTTP when code first fetches, in a thread: a tenth of a start, which most servers never need."""
        if not self._loaded:
            await asyncio.to_thread(import_module, _CLIENT)
            self._loaded = True

    @cached_property
    def _client(self) -> Client:
        from transformer.broker.fetch.client import Client  # see _load
        from transformer.broker.fetch.resolver import Resolver

        resolver = Resolver(self._networks, seconds=self._kept_seconds, overrides=self._overrides, servers=self._servers)
        return Client(self._networks, resolver, self._bodies, self._context, idle=self._most_idle)

    async def _call(self, workspace: str, grants: Capabilities, request: Request, progress: Progress) -> Answer:
        began, history, asked = monotonic(), list[dict[str, Any]](), request
        while True:
            exchange = await self._exchange(workspace, grants, asked, progress, redirects=request.redirect != "manual")
            if exchange.location is None:
                return {
                    **_head(exchange, asked.url),
                    "body": exchange.body,
                    "history": history,
                    "elapsed": monotonic() - began,
                    "cached": False,
                }
            if request.redirect == "error":
                raise CallError("status", "fetch: the host redirects, and redirect is error", {"why": "redirects"})
            if len(history) >= request.max_redirects:
                told = f"fetch: more than {request.max_redirects} redirects"
                raise CallError("status", told, {"why": "redirects"})
            history.append(_head(exchange, asked.url))
            try:
                location, _ = read_url(_text(exchange.location), asked.url)
            except CallError:
                told = "fetch: the host redirects to what is no http or https URL"
                raise CallError("connection", told, {"why": "closed"}) from None
            self._check_host(workspace, grants, location)
            asked = asked.redirected(exchange.status, location)

    async def _exchange(
        self, workspace: str, grants: Capabilities, request: Request, progress: Progress, *, redirects: bool
    ) -> Exchange:
        host, port = request.url.raw_host or "", request.url.port or 0
        place = (workspace, host.rstrip("."), port)
        progress.phase = "room"
        try:
            async with self._room.one(*place):
                with self._breakers.trial(place, lambda seconds: self._tell(workspace, grants, request.url, seconds)) as trial:
                    began = monotonic()
                    try:
                        exchange = await self._client.exchange(workspace, request, progress, redirects=redirects)
                    except asyncio.CancelledError:
                        # Out of time. Else the turn is over, for reasons that are not the host's.
                        trial.answered = _answered("timeout" if progress.out_of_time else "unavailable", monotonic() - began)
                        raise
                    except CallError as error:
                        trial.answered = _answered(error.kind, monotonic() - began)
                        raise
                    trial.answered = True
                    return exchange
        except CircuitOpenError as is_open:
            told = f"fetch: the last calls to this host got no answer; it is left alone for {is_open.seconds:.1f} s more"
            raise CallError("connection", told, {"why": "breaker"}) from None

    def _tell(self, workspace: str, grants: Capabilities, url: URL, seconds: float) -> None:
        """Log that a host is left alone, or answers again, as its manifest names it: the rest of a name may be data."""
        if self._log is None:
            return
        facts = {"workspace": workspace, "host": grants.host_entry(url.raw_host or "", url.port or 0)}
        if seconds:
            self._log.warning("host left alone", **facts, seconds=seconds)
        else:
            self._log.info("host answers again", **facts)

    def _check_host(self, workspace: str, grants: Capabilities, url: URL) -> None:
        host, port = url.raw_host or "", url.port or 0
        shown = f"{host}:{port}" if port not in {80, 443} else host
        if not grants.allows_host(host, port):
            told = f"fetch: {shown} is not among the hosts that the manifest declares; add it to capabilities.hosts"
            raise CallError("refused", told, {"why": "undeclared"})
        if not self._rules.allow(workspace, host, port):
            told = f"fetch: the operator of this server does not let this workspace reach {shown} (fetch_hosts)"
            raise CallError("refused", told, {"why": "operator"})


def _answered(kind: CallErrorKind, seconds: float) -> bool | None:
    """What an error says of the host after so many seconds: that it answers, that it does not, or nothing."""
    if kind in {"refused", "invalid", "unavailable"} or (kind == "timeout" and seconds < _PATIENCE_SECONDS):
        return None
    return kind not in {"connection", "timeout"}


def _cache_key(request: Request, keep: Keep, grants: Capabilities) -> str:
    """What two requests have in common whose answers are the same.

    Even where code names the key, others belong to it: another version of the workspace may declare other hosts, and one that
    verifies certificates must not get what one that does not has brought.
    """
    whole = hashlib.sha256(f"{request.verify} {request.redirect} {request.rules} {sorted(grants.hosts)}\n".encode())
    origin = f"{request.url.scheme}://{request.url.raw_host}:{request.url.port}"
    if keep.name:
        return f"{origin} {whole.hexdigest()} {keep.name}"
    for part in (str(request.url), *(f"{name.lower()}:{value}" for name, value in sorted(request.headers))):
        whole.update(part.encode() + b"\n")
    whole.update(request.body)
    return f"{origin} {request.method} {whole.hexdigest()}"


def _head(exchange: Exchange, url: URL) -> dict[str, Any]:
    return {"status": exchange.status, "reason": exchange.reason, "url": str(url), "headers": exchange.headers}


def _text(location: str) -> str:
    """A Location as text: servers send UTF-8 there, and should not."""
    return location.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _parsed(name: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as wrong:
        raise SettingsError(f"{name}: {wrong}") from None


def _descriptors() -> int:
    """How many this process may have. What fetch takes of them, callers and workers do not have."""
    try:
        import resource  # not on every platform
    except ImportError:
        return 2048
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 2**20


def _context(extra: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if extra:
        try:
            context.load_verify_locations(cafile=extra)
        except ssl.SSLError:
            raise SettingsError(f"fetch_ca: {extra} holds no certificate in PEM") from None
        except OSError as wrong:
            raise SettingsError(f"fetch_ca: {extra}: {wrong.strerror}") from None
    return context
