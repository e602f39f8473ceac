"""Questions to the database: each asked once at a time, waited for within bounds, and the trouble that comes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from time import monotonic
from typing import Any, Final, TypeVar

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.threads import Threads

__all__ = ["Reads"]

_THREADS: Final = 8
_WAITING: Final = 256
_LEAVING_SECONDS: Final = 1.0
_SLOW: Final = "The registry's database is not available: it is slow to answer. Nothing was changed; send this again."

Answer = TypeVar("Answer")


class Reads:
    """Belongs to one event loop. `changed(reason)` is called when trouble begins, changes or ends ("")."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._trouble = ""
        self._running: dict[Hashable, tuple[asyncio.Task[Any], float]] = {}
        self._threads = Threads("registry-read", _THREADS, _WAITING)
        # Of its own: whatever became of the others, it finds out when the database is back.
        self._poller_thread = Threads("registry-poll", 1, 1)

    @property
    def trouble(self) -> str:
        """Why the database cannot be asked at the moment; "" while it can."""
        return self._trouble

    @trouble.setter
    def trouble(self, reason: str) -> None:
        if reason != self._trouble:
            self._trouble = reason
            self._changed(reason)

    async def ask(self, read: Callable[[], Answer], *, polling: bool = False) -> Answer:
        """What `read` returns or raises, from a thread."""
        try:
            answer = await (self._poller_thread if polling else self._threads).run(read)
        except PlatformError as wrong:
            self.trouble = wrong.message
            raise
        except CallerError:
            self.trouble = ""
            raise
        self.trouble = ""
        return answer

    async def once(self, question: Hashable, work: Callable[[], Coroutine[Any, Any, Answer]], seconds: float) -> Answer:
        """The answer that `work` gives. The same question, while it is being worked on, is not asked a second time.

        Whoever gives up waiting does not take the answer away from the others, and the work goes on for those to come.

        Raises:
            PlatformError: REGISTRY_UNAVAILABLE: there is none `seconds` after the work began. Also what `work` raises.
        """
        task, began = self._running.get(question) or self._begin(question, work)
        done, _ = await asyncio.wait({task}, timeout=max(0.0, began + seconds - monotonic()))
        if not done:
            self.trouble = _SLOW
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, _SLOW)
        answer: Answer = task.result()
        return answer

    async def close(self) -> None:
        """Give up on what hangs. Idempotent; a later question works."""
        tasks = [task for task, _ in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVING_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.close()
        self._poller_thread.close()

    def _begin(self, question: Hashable, work: Callable[[], Coroutine[Any, Any, Answer]]) -> tuple[asyncio.Task[Answer], float]:
        task = asyncio.create_task(work())
        self._running[question] = begun = task, monotonic()
        task.add_done_callback(lambda done: self._forget(question, done))
        return begun

    def _forget(self, question: Hashable, done: asyncio.Task[Any]) -> None:
        self._running.pop(question, None)
        if not done.cancelled():
            done.exception()  # seen, even where everybody stopped waiting
