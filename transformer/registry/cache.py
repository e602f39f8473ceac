"""What the data path asks: which code does this reference mean? Answered from memory, without the database, nearly always.

Two caches. Code, under a name and hash that can never mean anything else, kept until there is no room. Routes (which
version an alias or a number means), kept for one generation of the registry: a poller compares the generation several times
a second, so a move by another process arrives within a poll, and `changed()` says at once that this process made one. Other
answers that are kept in the same way (`known.py`: definitions, secrets) are asked for through the catalogue.

While the database is in trouble (away, locked, or too slow), everything in memory goes on serving, routes of an earlier
generation included: traffic does not stop because nobody can be asked whether it should change. What is not in memory comes
from the disk (`disk.py`), where everything that is served is written down, so that a restart in the middle of it serves too.
What is on neither is REGISTRY_UNAVAILABLE. Failures are never kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, replace
from math import inf
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

from cachetools import LRUCache

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.canary import takes_canary
from transformer.registry.disk import DiskCache
from transformer.registry.known import Known, Shelf
from transformer.registry.migrate import NewerError
from transformer.registry.names import Reference, parse_reference
from transformer.registry.reads import Reads
from transformer.registry.records import Pointer, Route, Version
from transformer.registry.store import Store
from transformer.registry.threads import Threads

__all__ = ["Catalogue", "Resolved"]

_ATTEMPTS: Final = 3
_OVERHEAD_BYTES: Final = 1024
_DISK_WAITING: Final = 20_000

R = TypeVar("R")
_Asked: TypeAlias = tuple[str, Reference]
_Name: TypeAlias = tuple[str, str, Pointer]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference means now. The versions carry their source, and no cases."""

    version: Version
    canary: Version | None = None
    percent: float = 0.0

    def serving(self, key: str) -> Version:
        """The version that serves the events of this ordering key."""
        if self.canary is None:
            return self.version
        taken = takes_canary(self.version.workspace, self.version.transformation, key, self.percent)
        return self.canary if taken else self.version


class Catalogue:
    """References resolved for one event loop. `async with` it, or `start` and `close` it, for the poller to run.

    Args:
        store: where to ask. Stays the caller's to close.
        poll_seconds: how often to look for changes by other processes.
        routes: how many references to remember.
        code_bytes: how much source to keep.
        answer_seconds: a database that has not answered after this long is in trouble. Who asks for something known is not
            kept waiting for longer than a second, and not at all while there is trouble.
        disk: where to keep what was served.
        tell: called with "database" or "disk" and the reason when it gets into trouble, and with "" when it is out of it.
    """

    def __init__(
        self,
        store: Store,
        *,
        poll_seconds: float = 0.25,
        routes: int = 10_000,
        code_bytes: int = 256 * 1024 * 1024,
        answer_seconds: float = 5.0,
        disk: DiskCache | None = None,
        tell: Callable[[str, str], None] = lambda _part, _reason: None,
    ) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._answer_seconds = answer_seconds
        self._disk = disk
        self._disk_thread = Threads("registry-disk", 1, _DISK_WAITING)
        self._disk_trouble = ""
        self._disk_tasks: set[asyncio.Task[None]] = set()
        self._tell = tell
        self._epoch = 0
        self._seen: int | None = None
        self._routes = Known(self, _routes(store), routes)
        self._parsed: LRUCache[tuple[str, str], Reference] = LRUCache(routes)
        self._code: LRUCache[_Name, Version] = LRUCache(
            code_bytes, getsizeof=lambda version: _OVERHEAD_BYTES + len(version.source)
        )
        self._reads = Reads(lambda reason: tell("database", reason))
        self._met = True
        self._may_create = True
        self._poller: asyncio.Task[None] | None = None
        self._polled_at = monotonic()
        self._hits = self._misses = 0

    def stats(self) -> dict[str, float]:
        """How it goes with the database, and how often a version was in memory, for metrics."""
        age = monotonic() - self._polled_at
        return {"up": not self.trouble, "poll_age_seconds": age, "hits": self._hits, "misses": self._misses}

    @property
    def epoch(self) -> int:
        """Counts changes of the registry as they are noticed: what was asked for in an earlier one may be out of date."""
        return self._epoch

    @property
    def trouble(self) -> str:
        """Why the database cannot be asked at the moment; "" while it can."""
        return self._reads.trouble

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def meet(self) -> None:
        """Bring the registry up to date. Where it cannot be reached, but answers are on disk, the poller goes on trying.

        A SQLite file that is missing is then waited for, and not made anew: what was served would be unknown in it.

        Raises:
            NewerError: a newer version of this program has written to it.
            PlatformError: REGISTRY_UNAVAILABLE: it cannot be reached, and nothing is on disk.
        """
        kept = await self._disk_thread.run(self._disk.open) if self._disk is not None else 0
        self._note_disk()
        self._met, self._may_create = False, not kept
        try:
            await self._reads.once("meet", self._meet, self._answer_seconds if kept else inf)
        except NewerError:
            raise
        except PlatformError:
            if not kept:
                raise

    async def start(self) -> None:
        """Begin to watch the generation. A database in trouble is no reason to fail: the poller goes on trying."""
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll(), name="registry poller")

    async def close(self) -> None:
        """End the poller, and give reads that are under way a second. Idempotent."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
        self._poller = None
        await self._reads.close()
        await asyncio.gather(*self._disk_tasks, return_exceptions=True)
        self._disk_thread.close()

    def changed(self, *, reached: bool = True) -> None:
        """The registry was changed: from now on, routes are read again. Called in the event loop's thread only.

        `reached`: the database answered just now, so there is no trouble.
        """
        self._epoch += 1
        if reached:
            self._reads.trouble = ""

    async def resolve(self, workspace: str, reference: str | Reference) -> Resolved:
        """What `reference` means in `workspace`. The same question, asked several times at once, is one read of the database.

        Args:
            workspace: the id.
            reference: as a request says it (see `parse_reference`), or parsed.

        Raises:
            CallerError: NOT_FOUND, naming what does not exist; BAD_REQUEST, for text that is no reference.
            PlatformError: REGISTRY_UNAVAILABLE: it is neither in memory nor on disk, and the database cannot be asked.
        """
        if isinstance(reference, str):
            reference = self._reference(workspace, reference)
        asked = (workspace, reference)
        for _ in range(_ATTEMPTS):
            route = await self._routes.find(asked)
            try:
                version = await self._version((workspace, reference.transformation, route.version))
                if route.canary is None:
                    return Resolved(version)
                return Resolved(
                    version, await self._version((workspace, reference.transformation, route.canary)), route.percent
                )
            except _MovedError:
                self._routes.distrust(asked)  # deleted, or deleted and made anew, since the route was read: read that again
        raise PlatformError(Code.REGISTRY_UNAVAILABLE, "The transformation is being replaced; send this again.")

    def recall(self, workspace: str, reference: str) -> Resolved | None:
        """What `resolve` would give, if that has no canary, is in memory, and nothing changed since it was read; else None.

        Raises:
            CallerError: BAD_REQUEST, for text that is no reference.
        """
        asked = self._reference(workspace, reference)
        route = self._routes.recall((workspace, asked))
        if route is None or route.canary is not None:
            return None
        version = self._code.get((workspace, asked.transformation, route.version))
        return None if version is None else Resolved(version)

    def count_hits(self, versions: int) -> None:
        """So many versions were in memory: whoever remembers what they mean in this epoch has not asked for them."""
        self._hits += versions

    def _reference(self, workspace: str, text: str) -> Reference:
        known = self._parsed.get((workspace, text))
        if known is None:
            known = self._parsed[workspace, text] = parse_reference(workspace, text)
        return known

    async def once(self, question: Hashable, work: Callable[[], Coroutine[Any, Any, R]], seconds: float | None = None) -> R:
        """What `work` returns, done once for all that ask at the same time. Raises as `Reads.once`."""
        return await self._reads.once(question, work, self._answer_seconds if seconds is None else seconds)

    async def ask(self, read: Callable[[], R]) -> R:
        """What `read` returns or raises, from a thread. Raises REGISTRY_UNAVAILABLE while the registry was never met."""
        if not self._met:
            raise PlatformError(
                Code.REGISTRY_UNAVAILABLE, self._reads.trouble or "The registry is being opened; send this again."
            )
        return await self._reads.ask(read)

    async def on_disk(self, look: Callable[[DiskCache], R | None]) -> R | None:
        """What is found on the disk; None where there is none."""
        disk = self._disk
        return None if disk is None else await self._disk_thread.run(lambda: look(disk))

    def write(self, keep: Callable[[DiskCache], None]) -> None:
        """Have something written to the disk, in the order of the calls; nobody waits for it."""
        if self._disk is not None:
            task = asyncio.create_task(self._write(keep, self._disk))
            self._disk_tasks.add(task)
            task.add_done_callback(self._disk_tasks.discard)

    async def _write(self, keep: Callable[[DiskCache], None], disk: DiskCache) -> None:
        with contextlib.suppress(PlatformError):  # so much to write that this is left out: it is a cache
            await self._disk_thread.run(keep, disk)
        self._note_disk()

    async def _version(self, name: _Name) -> Version:
        known = self._code.get(name)
        if known is not None:
            self._hits += 1
            return known
        self._misses += 1
        if self._reads.trouble and (found := await self._version_on_disk(name)) is not None:
            return found
        try:
            return await self.once(name, lambda: self._read_version(name))
        except CallerError:
            raise _MovedError from None
        except PlatformError:
            found = await self._version_on_disk(name)
            if found is None:
                raise
            return found

    async def _read_version(self, name: _Name) -> Version:
        workspace, transformation, pointer = name
        version = await self.ask(lambda: self._store.get_version(workspace, transformation, pointer.number))
        if version.content_hash != pointer.content_hash:
            raise _MovedError
        self.write(lambda disk: disk.keep_version(version))
        return self._remember(name, version)

    async def _version_on_disk(self, name: _Name) -> Version | None:
        version = await self.on_disk(lambda disk: disk.version(*name))
        return None if version is None else self._remember(name, version)

    def _remember(self, name: _Name, version: Version) -> Version:
        version = replace(version, cases=())
        if _OVERHEAD_BYTES + len(version.source) <= self._code.maxsize:
            # What is there already stays: the planner knows a version by being the same object.
            return self._code.setdefault(name, version)
        return version

    async def _meet(self) -> None:
        await self._reads.ask(lambda: self._store.migrate(create=self._may_create), polling=True)
        if self._disk is not None:
            identity = await self._reads.ask(self._store.identity, polling=True)
            await self._disk_thread.run(self._disk.adopt, identity)
            self._note_disk()
        self._met = True
        self.changed()

    async def _generation(self) -> int:
        return await self._reads.ask(self._store.generation, polling=True)

    async def _poll(self) -> None:
        while True:
            try:
                if not self._met:
                    await self._reads.once("meet", self._meet, self._answer_seconds)
                generation = await self._reads.once("generation", self._generation, self._answer_seconds)
            except Exception as wrong:  # noqa: BLE001 - a poller that ended would freeze every activation, and nobody would know
                # Memory serves, and the next round tries again.
                self._reads.trouble = wrong.message if isinstance(wrong, PlatformError) else type(wrong).__name__
            else:
                self._polled_at = monotonic()
                if generation != self._seen:
                    self._seen = generation
                    self.changed()
            await asyncio.sleep(self._poll_seconds)

    def _note_disk(self) -> None:
        if self._disk is not None and self._disk.trouble != self._disk_trouble:
            self._disk_trouble = self._disk.trouble
            self._tell("disk", self._disk_trouble)


def _routes(store: Store) -> Shelf[_Asked, Route]:
    return Shelf(
        read=lambda asked: store.route(*asked),
        find=lambda disk, asked: disk.route(*asked),
        keep=lambda disk, asked, route: disk.keep_route(*asked, route),
        forget=lambda disk, asked: disk.forget_route(*asked),
    )


class _MovedError(Exception):
    """The code of a route is no longer there: the route is out of date."""
