"""What the data path asks: which code does this reference mean? Answered from memory, without the database, nearly always.

Two caches. Code, under a name and hash that can never mean anything else, kept until there is no room. Routes (which
version an alias or a number means), kept for one generation of the registry: a poller compares the generation several times
a second, so a move by another process arrives within a poll, and `changed()` says at once that this process made one.

While the database is in trouble, everything in memory goes on serving, routes of an earlier generation included: traffic
does not stop because nobody can be asked whether it should change. What is not in memory is REGISTRY_UNAVAILABLE. Failures
are never kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

from cachetools import LRUCache

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.canary import takes_canary
from transformer.registry.names import Reference, parse_reference
from transformer.registry.records import Pointer, Route, Version
from transformer.registry.store import Store

__all__ = ["Catalogue", "Resolved"]

_ATTEMPTS: Final = 3
_OVERHEAD_BYTES: Final = 1024

Answer = TypeVar("Answer")
_Asked: TypeAlias = tuple[str, str | Reference]
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


@dataclass(frozen=True, slots=True)
class _Entry:
    epoch: int
    transformation: str
    route: Route


class Catalogue:
    """References resolved for one event loop. `async with` it, or `start` and `close` it, for the poller to run.

    Args:
        store: where to ask. Stays the caller's to close.
        poll_seconds: how often to look for changes by other processes.
        routes: how many references to remember.
        code_bytes: how much source to keep.
    """

    def __init__(
        self, store: Store, *, poll_seconds: float = 0.25, routes: int = 10_000, code_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self.trouble = ""
        """Why the database cannot be asked at the moment; "" while it can."""
        self._store = store
        self._poll_seconds = poll_seconds
        self._epoch = 0
        self._seen: int | None = None
        self._routes: LRUCache[_Asked, _Entry] = LRUCache(routes)
        self._code: LRUCache[_Name, Version] = LRUCache(
            code_bytes, getsizeof=lambda version: _OVERHEAD_BYTES + len(version.source)
        )
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}
        self._poller: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Begin to watch the generation. A database in trouble is no reason to fail: the poller goes on trying."""
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll(), name="registry poller")

    async def close(self) -> None:
        """End the poller and wait for reads that are under way. Idempotent."""
        if self._poller is not None:
            self._poller.cancel()
        await asyncio.gather(*([self._poller] if self._poller else []), *self._reads.values(), return_exceptions=True)
        self._poller = None

    def changed(self) -> None:
        """The registry was changed: from now on, routes are read again. Called in the event loop's thread only."""
        self._epoch += 1
        self.trouble = ""  # somebody reached the database just now

    async def resolve(self, workspace: str, reference: str | Reference) -> Resolved:
        """What `reference` means in `workspace`. The same question, asked several times at once, is one read of the database.

        Args:
            workspace: the id.
            reference: as a request says it (see `parse_reference`), or parsed.

        Raises:
            CallerError: NOT_FOUND, naming what does not exist; BAD_REQUEST, for text that is no reference.
            PlatformError: REGISTRY_UNAVAILABLE: it is not in memory, and the database cannot be asked.
        """
        asked = (workspace, reference)
        for _ in range(_ATTEMPTS):
            entry = await self._entry(asked)
            live, canary = entry.route.version, entry.route.canary
            try:
                version = await self._version((workspace, entry.transformation, live))
                if canary is None:
                    return Resolved(version)
                return Resolved(version, await self._version((workspace, entry.transformation, canary)), entry.route.percent)
            except _MovedError:
                self._routes.pop(asked, None)  # deleted, or deleted and made anew, since the route was read: read that again
        raise PlatformError(Code.REGISTRY_UNAVAILABLE, "The transformation is being replaced; send this again.")

    async def _entry(self, asked: _Asked) -> _Entry:
        known = self._routes.get(asked)
        if known is not None and (known.epoch == self._epoch or self.trouble):
            return known
        workspace, text = asked
        reference = parse_reference(workspace, text) if isinstance(text, str) else text
        epoch = self._epoch
        try:
            # A read that began before a change may miss it: whoever asks after the change begins another.
            route = await self._once((epoch, asked), lambda: self._store.route(workspace, reference))
        except PlatformError:
            if known is not None:
                return known
            raise
        except CallerError:
            self._routes.pop(asked, None)
            raise
        entry = _Entry(epoch, reference.transformation, route)
        newest = self._routes.get(asked)
        if newest is None or newest.epoch <= epoch:
            # Out of date already if something changed meanwhile, but good enough for when nobody can be asked.
            self._routes[asked] = entry
        return entry

    async def _version(self, name: _Name) -> Version:
        known = self._code.get(name)
        if known is not None:
            return known
        workspace, transformation, pointer = name
        try:
            version = await self._once(name, lambda: self._store.get_version(workspace, transformation, pointer.number))
        except CallerError:
            raise _MovedError from None
        if version.content_hash != pointer.content_hash:
            raise _MovedError
        version = replace(version, cases=())
        if _OVERHEAD_BYTES + len(version.source) <= self._code.maxsize:
            self._code[name] = version
        return version

    async def _once(self, question: Hashable, read: Callable[[], Answer]) -> Answer:
        task = self._reads.get(question)
        if task is None:
            task = asyncio.create_task(self._read(read))
            self._reads[question] = task
            task.add_done_callback(lambda done: self._forget(question, done))
        # Shielded: whoever gives up waiting does not take the answer away from the others.
        answer: Answer = await asyncio.shield(task)
        return answer

    async def _read(self, read: Callable[[], Answer]) -> Answer:
        try:
            answer = await asyncio.to_thread(read)
        except PlatformError as wrong:
            self.trouble = wrong.message
            raise
        except CallerError:
            self.trouble = ""
            raise
        self.trouble = ""
        return answer

    def _forget(self, question: Hashable, done: asyncio.Task[Any]) -> None:
        self._reads.pop(question, None)
        if not done.cancelled():
            done.exception()  # seen, even where everybody stopped waiting

    async def _poll(self) -> None:
        while True:
            try:
                generation = await self._read(self._store.generation)
            except Exception as wrong:  # noqa: BLE001 - a poller that ended would freeze every activation, and nobody would know
                # Memory serves, and the next round tries again.
                self.trouble = wrong.message if isinstance(wrong, PlatformError) else type(wrong).__name__
            else:
                if generation != self._seen:
                    self._seen = generation
                    self.changed()
            await asyncio.sleep(self._poll_seconds)


class _MovedError(Exception):
    """The code of a route is no longer there: the route is out of date."""
