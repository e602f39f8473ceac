"""What a name means, for the connections of user code: asked once, checked, and kept for a while.

Only addresses that are allowed leave here. c-ares (aiodns) asks without threads, so a slow name server of one workspace holds
up nobody else.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

import aiodns
from aiohttp.abc import AbstractResolver, ResolveResult
from cachetools import TTLCache

from transformer.broker.fetch.addresses import ForbiddenAddressError, Networks

__all__ = ["Resolver"]

_KEPT_NAMES: Final = 10_000
_QUESTIONS: Final = 256  # they go on when those who asked have given up
_TRY_SECONDS: Final = 2.0
_TRIES: Final = 2


class Resolver(AbstractResolver):
    """Resolves names for aiohttp's connectors. Belongs to the event loop that runs when it first resolves.

    Args:
        networks: which addresses are allowed.
        seconds: how long an answer is kept; 0 asks each time.
        overrides: addresses of names that nobody is asked about; they have to be allowed, too.
        servers: name servers, host or host:port; none for those of the system.
    """

    def __init__(
        self,
        networks: Networks,
        *,
        seconds: float = 0.0,
        overrides: Mapping[str, str] | None = None,
        servers: Sequence[str] = (),
    ) -> None:
        self._networks = networks
        self._overrides = dict(overrides or {})
        self._servers = list(servers) or None
        self._kept: TTLCache[str, tuple[str, ...]] | None = TTLCache(_KEPT_NAMES, seconds, timer=monotonic) if seconds else None
        self._asking: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._open: Counter[str] = Counter()
        self._client: aiodns.DNSResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC, *, asker: str = ""
    ) -> list[ResolveResult]:
        """The allowed addresses of a name. `asker` has so many questions open at most.

        Raises:
            ForbiddenAddressError: it has none that is allowed.
            OSError: it has none, or the name servers do not say.
        """
        allowed = [address for address in await self._addresses(host.rstrip("."), asker) if self._networks.allows(address)]
        if not allowed:
            raise ForbiddenAddressError("none of its addresses is public")
        wanted = (socket.AF_INET, socket.AF_INET6) if family == socket.AF_UNSPEC else (family,)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=of, proto=0, flags=socket.AI_NUMERICHOST)
            for address in allowed
            if (of := socket.AF_INET6 if ":" in address else socket.AF_INET) in wanted
        ]

    async def close(self) -> None:
        """Stop asking."""
        for task in self._asking.values():
            task.cancel()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _addresses(self, host: str, asker: str) -> tuple[str, ...]:
        if (known := self._overrides.get(host)) is not None:
            return (known,)
        if self._kept is not None and (kept := self._kept.get(host)) is not None:
            return kept
        if (task := self._asking.get(host)) is None:
            if self._open[asker] >= _QUESTIONS:
                raise OSError("too many names are being resolved")
            # A task of its own: whoever asked first may give up, the others still want to know.
            self._open[asker] += 1
            task = self._asking[host] = asyncio.create_task(self._ask(host))
            task.add_done_callback(lambda done: self._answered(host, asker, done))
        return await asyncio.shield(task)

    def _answered(self, host: str, asker: str, task: asyncio.Task[tuple[str, ...]]) -> None:
        self._asking.pop(host, None)
        self._open[asker] -= 1
        if not self._open[asker]:
            del self._open[asker]
        if not task.cancelled() and task.exception() is None and self._kept is not None:
            self._kept[host] = task.result()

    async def _ask(self, host: str) -> tuple[str, ...]:
        if self._client is None:
            self._client = aiodns.DNSResolver(self._servers, timeout=_TRY_SECONDS, tries=_TRIES)
        try:
            answer = await self._client.getaddrinfo(host, family=socket.AF_UNSPEC, type=socket.SOCK_STREAM)
        except aiodns.error.DNSError:
            raise OSError("the name cannot be resolved") from None
        found = (node.addr[0] for node in answer.nodes)
        return tuple(dict.fromkeys(one.decode("ascii") if isinstance(one, bytes) else str(one) for one in found))
