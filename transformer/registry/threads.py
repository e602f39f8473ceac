"""Threads for asking the database: few, and never a queue without an end, whatever the database does.

The event loop's own threads are not used: a database that hangs would take all of them, and with them everything else that
needs one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from transformer.errors import Code, PlatformError

__all__ = ["Threads"]

_TOO_MANY: Final = (
    "The registry's database is not available: too many requests wait for it. Nothing was changed; send this again."
)

P = ParamSpec("P")
R = TypeVar("R")


class Threads:
    """At most `threads` questions are asked at once, and at most `waiting` more wait for their turn."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._name = name
        self._threads = threads
        self._places = threading.Semaphore(threads + waiting)
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, ask: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `ask` returns or raises, from a thread. Whoever stops waiting does not stop a question that is being asked.

        Raises:
            PlatformError: REGISTRY_UNAVAILABLE: too many are waiting already.
        """
        if not self._places.acquire(blocking=False):
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, _TOO_MANY)
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, self._name)
        asked = self._executor.submit(ask, *args, **kwargs)
        asked.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(asked)

    def close(self) -> None:
        """Forget what waits; what is being asked ends by itself. Idempotent; a later `run` starts new threads."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
