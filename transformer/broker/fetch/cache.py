"""Answers that user code asked to keep: per workspace, for a time it names, bounded in bytes over all workspaces.

Calls for the same answer at the same time make one request: a hundred events that want the same thing are one call upstream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final, TypeAlias

from cachetools import TLRUCache

__all__ = ["Answer", "ResponseCache"]

Answer: TypeAlias = dict[str, Any]
"""The value of a fetch call, as code gets it."""

_ENTRY_BYTES: Final = 1024  # what an entry weighs besides its texts
_LARGEST: Final = 8  # one entry may have this part of it all
_MANY: Final = 16


class ResponseCache:
    """The kept answers of a server. Belongs to one event loop.

    Args:
        size: bytes over all workspaces. Beyond, the workspace that holds most loses what it used least recently.
        clock: instead of the monotonic one.
    """

    def __init__(self, size: int, clock: Callable[[], float] = monotonic) -> None:
        self._size = size
        self._clock = clock
        self._kept: dict[str, TLRUCache[str, tuple[float, int, Answer]]] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[Answer | None]] = {}

    @property
    def bytes(self) -> int:
        """What it holds."""
        return sum(int(kept.currsize) for kept in self._kept.values())

    async def answer(self, workspace: str, key: str, seconds: float, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The kept answer, `cached` true; or what `ask` brings, which is kept for `seconds` if it is one to keep.

        An exception of `ask` goes to everybody who waited for the same answer, and is not kept.
        """
        while True:
            kept = self._kept.get(workspace)
            if kept is not None and (entry := kept.get(key)) is not None:
                return {**entry[2], "cached": True}
            if (asking := self._asking.get((workspace, key))) is None:
                return await self._ask(workspace, key, seconds, ask)
            if (answer := await asyncio.shield(asking)) is not None:
                return {**answer, "cached": True}
            # Whoever asked has gone away without an answer.

    async def _ask(self, workspace: str, key: str, seconds: float, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        asking = self._asking[workspace, key] = asyncio.get_running_loop().create_future()
        asking.add_done_callback(lambda future: future.exception())  # nobody may be waiting
        try:
            answer = await ask()
            asking.set_result(answer)
        except Exception as error:
            asking.set_exception(error)
            raise
        finally:
            del self._asking[workspace, key]
            if not asking.done():
                asking.set_result(None)
        self._keep(workspace, key, seconds, answer)
        return answer

    def _keep(self, workspace: str, key: str, seconds: float, answer: Answer) -> None:
        size = _ENTRY_BYTES + len(key) + len(answer["body"]) + sum(len(name) + len(value) for name, value in answer["headers"])
        if not worth_keeping(answer["status"]) or size > self._size // _LARGEST:
            return
        kept = self._kept.get(workspace)
        if kept is None:
            kept = self._kept[workspace] = TLRUCache(
                self._size, ttu=lambda _, entry, now: now + entry[0], timer=self._clock, getsizeof=lambda entry: entry[1]
            )
        kept[key] = (seconds, size, answer)
        self._make_room()

    def _make_room(self) -> None:
        if self.bytes <= self._size and len(self._kept) <= _MANY:
            return
        for workspace, kept in list(self._kept.items()):
            kept.expire()
            if not kept:
                del self._kept[workspace]
        while self.bytes > self._size:
            largest = max(self._kept, key=lambda workspace: self._kept[workspace].currsize)
            self._kept[largest].popitem()


def worth_keeping(status: int) -> bool:
    """Whether an answer with this status will be the same in a moment: success, redirects, and what is not there."""
    return status < 400 or status in {404, 410}
