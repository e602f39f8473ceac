"""How many calls may be under way: to one host for one workspace, of one workspace, and over all.

Whoever waits, waits in line and within the time of its call. The narrow lines come first, so that nobody who waits for a slow
host takes up room that others could use.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager

__all__ = ["Lines", "Room"]


class Lines:
    """A line in front of each key: `most` at a time get in. Keys that nobody is at take no memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: dict[Hashable, tuple[asyncio.Semaphore, list[int]]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @asynccontextmanager
    async def one(self, key: Hashable) -> AsyncIterator[None]:
        """Inside as one of the `most`."""
        line, people = self._lines.setdefault(key, (asyncio.Semaphore(self._most), [0]))
        people[0] += 1
        try:
            async with line:
                yield
        finally:
            people[0] -= 1
            if not people[0]:
                del self._lines[key]


class Room:
    """The three bounds of calls under way."""

    def __init__(self, *, over_all: int, workspace: int, host: int) -> None:
        self._over_all = asyncio.Semaphore(over_all)
        self._workspaces = Lines(workspace)
        self._hosts = Lines(host)

    @property
    def full(self) -> bool:
        """Whether the next call waits for others of any workspace: the server's trouble, not its own."""
        return self._over_all.locked()

    @asynccontextmanager
    async def one(self, workspace: str, host: str, port: int) -> AsyncIterator[None]:
        """Inside as one call of the workspace to this host."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._hosts.one((workspace, host, port)))
            await stack.enter_async_context(self._workspaces.one(workspace))
            await stack.enter_async_context(self._over_all)
            yield
