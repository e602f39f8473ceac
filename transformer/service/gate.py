"""The gate in front of every method: who is inside, and how a server goes down without cutting anybody off.

gRPC's own shutdown answers calls that it has received and that nobody has picked up yet with CANCELLED, which no caller takes
for "send it again". Under load there are always some: with sixteen callers fifteen were told so. So the gate closes first:
calls are picked up, but wait, and so do answers. When no more come gRPC shuts down, which tells connected peers to open no more
calls here; only then answers go out and those that wait are refused, as retryable: what their callers do next they do
elsewhere. What is left to gRPC is a call that is sent in the very millisecond in which its peer is told.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from transformer.errors import Code, PlatformError

__all__ = ["Call", "Gate"]

_QUIET_SECONDS: Final = 0.02
_MOST_SECONDS: Final = 0.25
_RETRY_SECONDS: Final = 0.1


class Call(Protocol):
    """What the gate needs of a call's context."""

    def add_done_callback(self, callback: Any, /) -> None:
        """Call back when the answer was sent, or the call is over otherwise."""
        ...


class Gate:
    """Open until `close`. `inside` holds the calls that are being carried out; methods add and discard themselves."""

    def __init__(self) -> None:
        self.closed = False
        """Whether calls have to `wait` and are refused then: asked for every call, so it is an attribute."""
        self.inside: set[Call] = set()
        self.refused = 0
        self._waiting = 0
        self._refusing = asyncio.Event()

    async def wait(self) -> None:
        """What a call does at a closed gate.

        Raises:
            PlatformError: DRAINING, always.
        """
        self._waiting += 1
        await self._refusing.wait()
        self.refused += 1
        raise PlatformError(
            Code.DRAINING, "the service is shutting down; send it to another one", retry_after_seconds=_RETRY_SECONDS
        )

    async def leave(self) -> None:
        """What an answer does at a closed gate: wait until peers know that their next call goes elsewhere."""
        await self._refusing.wait()

    async def close(self) -> None:
        """Let nobody in or out any more; returns when nobody has come for a moment, or after a quarter of a second."""
        self.closed = True
        clock = asyncio.get_running_loop().time
        end, seen = clock() + _MOST_SECONDS, -1
        while seen != self._waiting and clock() < end:
            seen = self._waiting
            await asyncio.sleep(_QUIET_SECONDS)

    def refuse(self) -> None:
        """Refuse those who wait, and everybody after them at once."""
        self.closed = True
        self._refusing.set()

    async def empty(self, seconds: float) -> bool:
        """Wait until the answers of all who are inside have been sent, `seconds` at most. Returns whether they have."""
        left = asyncio.Event()
        calls = set(self.inside)

        def done(call: Call) -> None:
            calls.discard(call)
            if not calls:
                left.set()

        for call in self.inside:
            call.add_done_callback(done)
        if calls:
            try:
                await asyncio.wait_for(left.wait(), seconds)
            except TimeoutError:
                return False
        return True
