"""The tables that workers may map: which version is live, and its bytes, in memory that all workers share.

As with code, the database is asked only where the registry has changed since (`Catalogue.epoch`). A version that became live is
loaded once, however many batches want it; while that takes longer than a moment, they go on with the version before. In trouble
with the database what is known serves on, from memory or from the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final, Protocol
from weakref import WeakValueDictionary

from cachetools import LRUCache

from transformer.errors import Code, PlatformError
from transformer.pool.sealed import Sealed
from transformer.pool.tables import TableMemory
from transformer.registry.known import NEVER
from transformer.registry.names import table_name
from transformer.registry.records import TablePointer
from transformer.registry.store import Store
from transformer.registry.table_folder import TableFolder

__all__ = ["TableCache"]

_KNOWN: Final = 10_000
_OVERHEAD_BYTES: Final = 4096
_PATIENCE_SECONDS: Final = 0.5
"""For a new version, where the one before is at hand."""


class _Epochs(Protocol):
    @property
    def epoch(self) -> int: ...
    @property
    def trouble(self) -> str: ...


class TableCache:
    """Finds tables, for one event loop. A `TableSource` of the pool.

    Args:
        store: where tables are. Stays the caller's to close.
        epochs: the catalogue, which knows when the registry changes and whether it can be asked.
        memory_bytes: tables that are kept in memory; those of running batches stay beyond that.
        folder: where to keep them on disk.
    """

    def __init__(self, store: Store, epochs: _Epochs, memory_bytes: int, folder: TableFolder | None = None) -> None:
        self._store = store
        self._epochs = epochs
        self._folder = folder
        self._known: LRUCache[tuple[str, str], tuple[int, TablePointer | None]] = LRUCache(_KNOWN)
        self._memory: LRUCache[tuple[str, str], TableMemory] = LRUCache(
            memory_bytes, getsizeof=lambda table: _OVERHEAD_BYTES + table.memory.size
        )
        self._loaded: WeakValueDictionary[tuple[str, str], Sealed] = WeakValueDictionary()
        self._loads = 0
        self._failures = 0
        self._writing: set[asyncio.Future[None]] = set()
        self._under_way: dict[tuple[str, str, int], tuple[asyncio.Task[TableMemory | None], float]] = {}

    async def find(self, workspace: str, names: Iterable[str], deadline: float | None) -> Mapping[str, TableMemory]:
        """See `TableSource.find`."""
        found = {}
        for name in names:
            table = self._at_hand(workspace, name, self._epochs.epoch) or await self._wait(workspace, name, deadline)
            if table is not None:
                found[name] = table
        return found

    def stats(self) -> dict[str, int]:
        """How many tables are in memory, those that only workers still have mapped included; and what loading came to."""
        loaded = list(self._loaded.values())
        return {
            "tables": len(loaded),
            "bytes": sum(memory.size for memory in loaded),
            "loads": self._loads,
            "failures": self._failures,
        }

    async def close(self) -> None:
        """Give up what is being loaded, wait for what is being written, and forget the rest. Idempotent."""
        tasks = [task for task, _ in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._writing, return_exceptions=True)
        self._memory.clear()
        self._known.clear()

    def _at_hand(self, workspace: str, name: str, epoch: int | None) -> TableMemory | None:
        """The table as it is known to be in this epoch, or for None as it was last known to be, if it is in memory."""
        known = self._known.get((workspace, name))
        if known is None or known[1] is None or (epoch is not None and known[0] != epoch and not self._epochs.trouble):
            return None
        return self._memory.get((workspace, known[1].digest))

    async def _wait(self, workspace: str, name: str, deadline: float | None) -> TableMemory | None:
        epoch = self._epochs.epoch
        known = self._known.get((workspace, name))
        if known is not None and known[1] is None and known[0] == epoch:
            return None
        before = self._at_hand(workspace, name, None)
        # Whoever asks after a change must not be given what was read before it.
        asked = (workspace, name, epoch)
        if asked not in self._under_way:
            self._under_way[asked] = asyncio.create_task(self._read(workspace, name, epoch)), asyncio.get_running_loop().time()
            self._under_way[asked][0].add_done_callback(lambda done: self._done(asked, done))
        task, began = self._under_way[asked]
        until = deadline if before is None else began + _PATIENCE_SECONDS
        try:
            async with asyncio.timeout_at(until):
                return await asyncio.shield(task)
        except TimeoutError:
            if before is not None:
                return before
            told = f"{table_name(workspace, name)} is still being loaded, and the caller's time is over; send the batch again"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0) from None
        except PlatformError:
            if before is not None:
                return before
            raise
        except asyncio.CancelledError:
            if task.cancelled():
                raise PlatformError(Code.DRAINING, "the service is shutting down", retry_after_seconds=1.0) from None
            raise

    def _done(self, asked: tuple[str, str, int], task: asyncio.Task[TableMemory | None]) -> None:
        del self._under_way[asked]
        if not task.cancelled():
            task.exception()  # told to whoever waits, and perhaps nobody does any more

    async def _read(self, workspace: str, name: str, epoch: int) -> TableMemory | None:
        pointer, epoch = await self._pointer(workspace, name, epoch)
        table = None
        if pointer is not None:
            table = self._memory.get((workspace, pointer.digest)) or self._kept(workspace, pointer, None)
            if table is None:
                try:
                    memory = await self._load(workspace, name, pointer)
                except PlatformError:
                    self._failures += 1
                    raise
                self._loads += 1
                table = self._kept(workspace, pointer, memory)
        known = self._known.get((workspace, name))
        if known is None or known[0] <= epoch:
            self._known[workspace, name] = (epoch, pointer)
        return table

    async def _pointer(self, workspace: str, name: str, epoch: int) -> tuple[TablePointer | None, int]:
        """Which version is live, and since which epoch that is known."""
        folder = self._folder
        if self._epochs.trouble and (kept := await self._pointer_on_disk(workspace, name)) is not None:
            return kept, NEVER
        try:
            pointer = await self._store.ask(self._store.tables.pointer, workspace, name)
        except PlatformError:
            kept = await self._pointer_on_disk(workspace, name)
            if kept is None:
                raise
            return kept, NEVER
        known = self._known.get((workspace, name))
        if folder is not None and (known is None or known[1] != pointer):
            await asyncio.to_thread(folder.keep_pointer, workspace, name, pointer)
        return pointer, epoch

    async def _pointer_on_disk(self, workspace: str, name: str) -> TablePointer | None:
        return None if self._folder is None else await asyncio.to_thread(self._folder.pointer, workspace, name)

    def _kept(self, workspace: str, pointer: TablePointer, memory: Sealed | None) -> TableMemory | None:
        """The table of this memory, which is kept at hand. Without it, that which a worker may still have mapped."""
        memory = memory or self._loaded.get((workspace, pointer.digest))
        if memory is None:
            return None
        table = TableMemory(pointer.digest, memory)
        self._loaded[workspace, pointer.digest] = memory
        if _OVERHEAD_BYTES + memory.size <= self._memory.maxsize:
            self._memory[workspace, pointer.digest] = table
        return table

    async def _load(self, workspace: str, name: str, pointer: TablePointer) -> Sealed:
        folder = self._folder
        try:
            memory = None if folder is None else await asyncio.to_thread(folder.find, workspace, pointer)
            if memory is None:
                memory = await self._store.ask(self._fetch, workspace, name, pointer)
                if folder is not None:  # nobody waits for the disk
                    writing = asyncio.ensure_future(asyncio.to_thread(folder.keep, workspace, pointer, memory))
                    self._writing.add(writing)
                    writing.add_done_callback(self._writing.discard)
        except OSError as wrong:
            told = f"there is no room for {table_name(workspace, name)}: {wrong.strerror}"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0) from None
        return memory

    def _fetch(self, workspace: str, name: str, pointer: TablePointer) -> Sealed:
        """From the database, in a thread."""
        digest = sha256()

        def pieces() -> Iterator[bytes]:
            for piece in self._store.tables.pieces(pointer.file):
                digest.update(piece)
                yield piece

        memory = Sealed.of(pieces())
        if (memory.size, digest.hexdigest()) != (pointer.size, pointer.digest):
            told = f"{table_name(workspace, name)} cannot be read as it was pushed; it may have been replaced: send this again"
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, told, retry_after_seconds=1.0)
        return memory
