"""What is known of one exchange with a host: how far it has come, and its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["Exchange", "Progress"]


@dataclass(slots=True)
class Progress:
    """How far a call has come: for the sentence that says why it took too long."""

    phase: str = "connect"
    reused: bool = False
    """Whether the connection had been used before."""
    deadline: asyncio.Timeout | None = None

    def connected(self, reused: bool) -> None:
        """There is a connection now."""
        self.phase, self.reused = "read", reused

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
