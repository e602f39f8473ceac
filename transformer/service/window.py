"""How much of a stream is held here between reading a batch and its answer being taken: so many batches, and so many bytes.

What is not read stays with the peer: HTTP/2 lets no more than its own windows stand on the way. So a peer that does not take
its answers is served no further, and the memory that a stream can hold does not depend on how patient it is.
"""

from __future__ import annotations

import asyncio

__all__ = ["Window"]


class Window:
    """The window of one stream. A batch counts its request while it runs and its answer afterwards."""

    def __init__(self, batches: int, most_bytes: int) -> None:
        self._most = batches
        self._most_bytes = most_bytes
        self._batches = 0
        self._bytes = 0
        self._freed = asyncio.Event()

    async def room(self) -> None:
        """Wait until another batch may be read. One always may where none is held, however large it is."""
        while self._batches >= self._most or (self._batches and self._bytes >= self._most_bytes):
            self._freed.clear()
            await self._freed.wait()

    def take(self, size_bytes: int) -> None:
        """A batch was read."""
        self._batches += 1
        self._bytes += size_bytes

    def turn(self, request_bytes: int, answer_bytes: int) -> None:
        """It ran: what is held of it is its answer."""
        self._bytes += answer_bytes - request_bytes
        self._freed.set()

    def give_back(self, answer_bytes: int) -> None:
        """Its answer was taken."""
        self._batches -= 1
        self._bytes -= answer_bytes
        self._freed.set()
