"""Reference tables on their way to workers: which ones a plan needs, and which ones a worker has already."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from transformer.errors import Code, PlatformError
from transformer.pool.channel import Channel
from transformer.pool.sealed import Sealed
from transformer.wire.frames import Kind

__all__ = ["HeldTables", "TableMemory", "TableSource"]

_MOST: Final = 64
_MOST_BYTES: Final = 256 * 2**20
"""What one worker keeps mapped beyond what its turn needs: address space, and the memory of versions that are over."""


@dataclass(frozen=True, slots=True)
class TableMemory:
    """A compiled table that workers may map. `digest` is the SHA-256 of it, in hexadecimal."""

    digest: str
    memory: Sealed


class TableSource(Protocol):
    """Where tables come from: the registry, or fixtures."""

    async def find(self, workspace: str, names: Iterable[str], deadline: float | None) -> Mapping[str, TableMemory]:
        """The live versions of the tables of these names; those that do not exist are left out.

        Raises:
            PlatformError: nobody can say, or not before `deadline`, in the event loop's time.
        """
        ...


class HeldTables:
    """What one worker has mapped, least recently used out first. The host alone decides on it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Sealed] = OrderedDict()  # which are in memory for as long as a worker has them mapped

    async def pass_on(self, tables: Mapping[str, TableMemory], channel: Channel) -> dict[str, Any]:
        """Give the worker those that it lacks, and return what the head of its turn says.

        Raises:
            HungUpError: the worker is gone.
            PlatformError: NO_CAPACITY: this process has no descriptor left.
        """
        for table in tables.values():
            if table.digest not in self._held:
                try:
                    descriptor = table.memory.apart()  # a worker reads its head, which moves a place that others must not share
                except OSError as wrong:
                    told = f"a table cannot be given to a worker: {wrong.strerror}"
                    raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0) from None
                try:
                    announced = {"digest": table.digest, "size": table.memory.size}
                    await channel.send(Kind.TABLE, [orjson.dumps(announced)])
                    await channel.pass_on([descriptor])
                finally:
                    os.close(descriptor)
                self._held[table.digest] = table.memory
            self._held.move_to_end(table.digest)
        needed = {table.digest for table in tables.values()}
        others = sum(memory.size for digest, memory in self._held.items() if digest not in needed)
        over = []
        while len(self._held) > len(needed) and (len(self._held) > _MOST or others > _MOST_BYTES):
            digest, memory = self._held.popitem(last=False)
            others -= memory.size
            over.append(digest)
        head: dict[str, Any] = {"tables": {name: table.digest for name, table in tables.items()}}
        return {**head, "tables_over": over} if over else head
