"""What a place for letters must be able to do, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from transformer.deadletters.letter import Letter, Mark
from transformer.deadletters.selection import Kept, Selection

__all__ = ["Bounds", "Line", "Sink", "SinkBusyError", "SinkError", "Swept"]


class SinkError(Exception):
    """A sink does not work now. The message says why, without a path, a host or a secret; trying again later may succeed."""


class SinkBusyError(SinkError):
    """Somebody else replays or purges letters of this sink."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept. Over `total_bytes`, the oldest letters of the workspace that has most of them go first.

    total_bytes   all letters together
    file_bytes    a file is begun anew beyond this
    age_seconds   letters that are older are removed
    """

    total_bytes: int
    file_bytes: int
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: letters that were still waiting, for room (`evicted`) and for their age (`expired`)."""

    evicted: int = 0
    expired: int = 0


class Line(NamedTuple):
    """A letter as it is kept, and what a sink may want to know about it."""

    id: str
    time: datetime
    text: bytes


class Sink(Protocol):
    """A place for letters. Every method may raise SinkError. One thread at a time per object; any number of processes.

    `where` is what a `Kept` has under that name.
    """

    @property
    def place(self) -> str:
        """Where the letters lie, for the person who looks for them."""
        ...

    def keep(self, workspace: str, letters: Sequence[Line]) -> int:
        """Keep the lines of letters of one workspace. All of them are safe when it returns, none if it raises.

        Keeping letters again that were kept already, because it was not known, changes nothing where the sink can tell. Returns
        how many were refused for good: the sink cannot hold them, however often they come.
        """
        ...

    def sweep(self) -> Swept:
        """Remove what is too old, and the oldest of what is too much."""
        ...

    def find(self, selection: Selection) -> Iterator[Kept]:
        """The letters of a selection; within a workspace the older ones first, but for seconds where several servers write."""
        ...

    def read(self, wheres: Sequence[object]) -> list[Letter | None]:
        """These letters, whole; None for one that is gone."""
        ...

    def mark(self, marks: Sequence[tuple[object, Mark]]) -> None:
        """Remember what became of letters. All of it is safe when it returns. A letter that is gone is passed over."""
        ...

    def purge(self, selection: Selection) -> int:
        """Remove the letters of a selection for good. Returns how many. Raises SinkBusyError too."""
        ...

    def replaying(self) -> AbstractContextManager[None]:
        """While the block runs nobody else replays or purges. Raises SinkBusyError if somebody does already."""
        ...

    def close(self) -> None:
        """Give back what is open. Idempotent."""
        ...
