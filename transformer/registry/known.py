"""Answers of the registry that are good until it changes, and while it is in trouble for longer than that.

The order in which they are looked for: memory, the database, the disk; in trouble with the database the disk comes first.
What has no answer is forgotten on the disk; trouble never is an answer, and is never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from cachetools import LRUCache

from transformer.errors import CallerError, PlatformError
from transformer.registry.disk import DiskCache

__all__ = ["NEVER", "Asks", "Known", "Shelf"]

_KNOWN_SECONDS: Final = 1.0
NEVER: Final = -1
"""No epoch: what is from the disk is good while there is trouble, and asked for again after it."""

Asked = TypeVar("Asked", bound=Hashable)
Answer = TypeVar("Answer")
Found = TypeVar("Found")


class Asks(Protocol):
    """How a registry is asked. `Catalogue` is it."""

    @property
    def epoch(self) -> int:
        """Counts changes of the registry."""
        ...

    @property
    def trouble(self) -> str:
        """Why the database cannot be asked at the moment; "" while it can."""
        ...

    async def once(self, question: Hashable, work: Callable[[], Coroutine[Any, Any, Found]], seconds: float | None) -> Found:
        """What `work` returns, done once for all that ask at a time. Raises as `Reads.once`; None: after the usual time."""
        ...

    async def ask(self, read: Callable[[], Found]) -> Found:
        """What `read` returns or raises, from a thread. Raises as `Reads.ask`; and while the registry was never met."""
        ...

    async def on_disk(self, look: Callable[[DiskCache], Found | None]) -> Found | None:
        """What is found on the disk; None where there is none."""
        ...

    def write(self, keep: Callable[[DiskCache], None]) -> None:
        """Have something written to the disk, later."""
        ...


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Asked, Answer]):
    """Where answers of one kind come from: `read` asks the database; the others are of the disk, where None is no answer."""

    read: Callable[[Asked], Answer]
    find: Callable[[DiskCache, Asked], Answer | None]
    keep: Callable[[DiskCache, Asked, Answer], None]
    forget: Callable[[DiskCache, Asked], None]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Answer]):
    epoch: int
    answer: Answer


class Known(Generic[Asked, Answer]):
    """Answers to questions of one kind, for one event loop.

    Args:
        asks: the registry.
        shelf: where answers come from.
        most: how many are kept in memory.
    """

    def __init__(self, asks: Asks, shelf: Shelf[Asked, Answer], most: int) -> None:
        self._asks = asks
        self._shelf = shelf
        self._known: LRUCache[Asked, _Entry[Answer]] = LRUCache(most)

    async def find(self, asked: Asked) -> Answer:
        """The answer, the same object for as long as it is the same. That there is none (None) is known until a change only.

        Raises:
            CallerError: what the database says instead.
            PlatformError: REGISTRY_UNAVAILABLE: it is not known, and the database cannot be asked.
        """
        known, asks = self._known.get(asked), self._asks
        if known is not None:
            if known.epoch == asks.epoch:
                return known.answer
            if known.answer is None:
                known = None  # it may be there by now: nothing to serve through trouble
            elif asks.trouble:
                return known.answer
        if known is None and asks.trouble and (found := await self._on_disk(asked)) is not None:
            return found
        epoch = asks.epoch
        try:
            # A read that began before a change may miss it: whoever asks after the change begins another.
            question = (self, epoch, asked)
            return await asks.once(question, lambda: self._read(asked, epoch), None if known is None else _KNOWN_SECONDS)
        except PlatformError:
            found = known.answer if known is not None else await self._on_disk(asked)
            if found is None:
                raise
            return found
        except CallerError:
            self.distrust(asked)
            asks.write(lambda disk: self._shelf.forget(disk, asked))
            raise

    def recall(self, asked: Asked) -> Answer | None:
        """The answer, if it is in memory and the registry has not changed since; None says nothing."""
        known = self._known.get(asked)
        return known.answer if known is not None and known.epoch == self._asks.epoch else None

    def distrust(self, asked: Asked) -> None:
        """Ask for it again the next time."""
        self._known.pop(asked, None)

    async def _read(self, asked: Asked, epoch: int) -> Answer:
        answer = await self._asks.ask(lambda: self._shelf.read(asked))
        newest = self._known.get(asked)
        if newest is not None and newest.epoch > epoch:
            return answer
        if newest is not None and newest.answer == answer:
            answer = newest.answer
        # Out of date already if something changed meanwhile, but good enough for when nobody can be asked.
        self._known[asked] = _Entry(epoch, answer)
        self._asks.write(lambda disk: self._shelf.keep(disk, asked, answer))
        return answer

    async def _on_disk(self, asked: Asked) -> Answer | None:
        found = await self._asks.on_disk(lambda disk: self._shelf.find(disk, asked))
        if found is None:
            return None
        newest = self._known.get(asked)
        if newest is not None and newest.answer is not None:
            return newest.answer
        self._known[asked] = _Entry(NEVER, found)
        return found
