"""What a key-value store has to do, whoever keeps the entries. One contract suite runs on all of them.

Keys and values are a workspace's own: no call reaches those of another. Values are JSON, and come back as they were set. An
entry with a time to live is gone when that is over, to the millisecond, and so is the space that it took, soon after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

__all__ = ["MAX_NUMBER", "Bounds", "FullError", "NotANumberError", "Number", "Store", "StoreError"]

Number = int | float

MAX_NUMBER: Final = 2**63 - 1
"""Integers beyond this, in either direction, cannot be incremented: no server counts further."""


class StoreError(Exception):
    """The store cannot be reached, or is in trouble; trying again later may help. Nothing of what was asked is known.

    Its text is for the operator: what kind of trouble it is, without any key or value.
    """


class FullError(Exception):
    """There is no room for what was to be set. The message says whose room, and how much there is."""


class NotANumberError(Exception):
    """What is to be incremented is no number, or the sum is beyond `MAX_NUMBER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Room, in bytes: keys and values, and some for keeping them. Only the embedded store counts it; a server has its own."""

    workspace_bytes: int
    all_bytes: int


class Store(Protocol):
    """Keeps entries. Every method is one trip, however many keys it has, and all of it happens or nothing does.

    Keys are texts, values JSON as bytes. `ttl` is in seconds, above 0; None: for ever. All methods raise StoreError.
    """

    async def get(self, workspace: str, keys: Sequence[str]) -> list[bytes | None]:
        """The values, None where there is none."""
        ...

    async def set(self, workspace: str, items: Mapping[str, bytes], ttl: float | None) -> None:
        """Set all of them; what they had before is gone, also a time to live. Raises FullError."""
        ...

    async def set_if_absent(self, workspace: str, key: str, value: bytes, ttl: float | None) -> bool:
        """Set it where there is nothing, and say whether there was. Of many at the same time one succeeds. Raises FullError."""
        ...

    async def increment(self, workspace: str, key: str, by: Number, ttl: float | None) -> Number:
        """Add to a number, which is 0 where there is nothing, and return the sum; an int where both are.

        `ttl` counts from the first increment: one of an entry that exists leaves its end as it is. Raises FullError,
        NotANumberError.
        """
        ...

    async def delete(self, workspace: str, keys: Sequence[str]) -> int:
        """Delete them, and say how many there were."""
        ...

    async def close(self) -> None:
        """Write what is to be written, and let go of everything. Idempotent."""
        ...
