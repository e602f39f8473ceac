"""The connections of each workspace: kept for a while, used again by nobody else, and bounded in number.

Connections are not shared between workspaces: what one of them did to a connection (answers out of step, a login that holds for
it) must not reach another. Those under way are bounded elsewhere (`room`); those that lie idle are bounded here, for each
of them is a descriptor of the server.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, Final
from weakref import WeakSet

import aiohttp

from transformer.broker.fetch.addresses import Networks
from transformer.broker.fetch.resolver import Resolver

__all__ = ["Pools"]

_IDLE_SECONDS: Final = 15.0
_POOLS: Final = 1000
_LINE_BYTES: Final = 8190
_HEADERS: Final = 100


class _Pool:
    """The connections of one workspace. `users` calls are under way."""

    def __init__(self, opener: Callable[[WeakSet[socket.socket]], aiohttp.ClientSession]) -> None:
        self.users = 0
        self.sockets: WeakSet[socket.socket] = WeakSet()
        self.session = opener(self.sockets)

    @property
    def idle(self) -> int:
        return sum(1 for one in self.sockets if one.fileno() >= 0) - self.users


class Pools:
    """The pools of a server. Belongs to the event loop that runs when it is first used.

    Args:
        networks: which addresses are allowed; asked for every connection.
        resolver: names to addresses.
        context: makes what says how peers are verified; called once, when it is needed.
        idle: connections that may lie idle over all workspaces, and half as many in one.
        connected: called with the context of a request that has its connection, and whether that was used before.
    """

    def __init__(
        self,
        networks: Networks,
        resolver: Resolver,
        context: Callable[[], ssl.SSLContext],
        idle: int,
        connected: Callable[[Any, bool], None],
    ) -> None:
        self._networks = networks
        self._resolver = resolver
        self._make_context = context
        self._context: ssl.SSLContext | None = None
        self._most_idle = idle
        self._pools: dict[str, _Pool] = {}
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._retired: set[_Pool] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._trace = aiohttp.TraceConfig()
        self._trace.on_connection_create_end.append(partial(_tell, connected, False))
        self._trace.on_connection_reuseconn.append(partial(_tell, connected, True))

    @contextmanager
    def session(self, workspace: str) -> Iterator[aiohttp.ClientSession]:
        """The connections of this workspace, for one call."""
        pool = self._pools.pop(workspace, None)
        if pool is None:
            pool = _Pool(partial(self._open, workspace))
            self._make_room()
        self._pools[workspace] = pool  # those used last are last
        pool.users += 1
        try:
            yield pool.session
        finally:
            pool.users -= 1
            if pool in self._retired and not pool.users:
                self._retired.discard(pool)
                self._close(pool)

    async def close(self) -> None:
        """Close every connection."""
        for pool in (*self._pools.values(), *self._retired):
            await pool.session.close()
        self._pools.clear()
        self._retired.clear()
        await asyncio.gather(*self._closing)

    @property
    def idle(self) -> int:
        """Connections that lie idle now."""
        return sum(pool.idle for pool in (*self._pools.values(), *self._retired))

    def _make_room(self) -> None:
        """Let the pools go that were not used for longest, beyond a thousand."""
        for workspace in list(self._pools)[: max(0, len(self._pools) + 1 - _POOLS)]:
            self._retire(workspace)

    def _retire(self, workspace: str) -> None:
        """Give the workspace a fresh pool the next time. This one is closed when its calls are over."""
        pool = self._pools.pop(workspace)
        if pool.users:
            self._retired.add(pool)
        else:
            self._close(pool)

    def _close(self, pool: _Pool) -> None:
        closing = asyncio.create_task(pool.session.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _open_socket(self, workspace: str, sockets: WeakSet[socket.socket], info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket, after a look at how many there are."""
        opened = self._networks.open_socket(info)
        sockets.add(opened)
        self._sockets.add(opened)
        pool = self._pools.get(workspace)
        if pool is not None and pool.sockets is sockets and pool.idle > self._most_idle // 2:
            self._retire(workspace)
        elif self._pools and len(self._sockets) > self._most_idle < self.idle:
            self._retire(max(self._pools, key=lambda one: self._pools[one].idle))
        return opened

    def _open(self, workspace: str, sockets: WeakSet[socket.socket]) -> aiohttp.ClientSession:
        if self._context is None:
            self._context = self._make_context()
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # room.py bounds them
                ssl=self._context,
                resolver=_Shared(self._resolver, workspace),
                use_dns_cache=False,
                keepalive_timeout=_IDLE_SECONDS,
                socket_factory=partial(self._open_socket, workspace, sockets),
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
        # aiohttp sends a request again whenever its connection breaks off, also a fresh one. We count what is sent (`client`).
        session._retry_connection = False  # noqa: SLF001 - there is no other way to say so
        return session


class _Shared(aiohttp.abc.AbstractResolver):
    """The one resolver, for the connectors of a workspace: none of them closes it."""

    def __init__(self, resolver: Resolver, workspace: str) -> None:
        self._resolver = resolver
        self._workspace = workspace

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        """As `Resolver.resolve`."""
        return await self._resolver.resolve(host, port, family, asker=self._workspace)

    async def close(self) -> None:
        """Nothing: others use it."""


async def _tell(
    connected: Callable[[Any, bool], None],
    reused: bool,
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _: object,
) -> None:
    connected(context.trace_request_ctx, reused)
