"""Where workers come from: one zygote, replaced when it is lost, and the workers it forks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Final

from transformer.engines.base import EngineSpec
from transformer.errors import Code, PlatformError
from transformer.pool.process import WorkerProcess
from transformer.pool.watch import Watch
from transformer.pool.zygote import Zygote, ZygoteLost
from transformer.settings import Settings

__all__ = ["Nursery"]

_ATTEMPTS: Final = 3
_FRAME_SLACK: Final = 8 * 1024 * 1024
"""What a frame may hold beyond payloads: heads, failures, logs."""


class Nursery:
    """Starts workers. `held` and `extras` are what the newest one said of its confinement."""

    def __init__(
        self, settings: Settings, engines: Mapping[str, EngineSpec], guest_path: Sequence[str], watch: Watch, *, confine: bool
    ) -> None:
        self._settings = settings
        self._engines = engines
        self._guest_path = guest_path
        self._watch = watch
        self._confine = confine
        self._zygote: Zygote | None = None
        self._changing = asyncio.Lock()
        self._closed = False
        self.workers = 0
        self.zygotes = 0
        self.held: list[str] = []
        self.extras: list[str] = []

    async def worker(self) -> WorkerProcess:
        """A new worker that no workspace owns. Raises PlatformError if none can be started."""
        limits = self._settings.limits
        for _ in range(_ATTEMPTS):
            zygote = await self._current()
            asked = perf_counter()
            try:
                worker = await WorkerProcess.start(
                    zygote,
                    profile=self._settings.profile if self._confine else "development",
                    memory_bytes=limits.memory_bytes,
                    frame_bytes=max(limits.batch_output_bytes, limits.batch_bytes) + _FRAME_SLACK,
                    versions=self._settings.worker_versions,
                )
            except ZygoteLost:
                continue
            self._watch.worker_started(perf_counter() - asked)
            self.workers += 1
            self.held, self.extras = worker.held, worker.extras
            return worker
        raise PlatformError(Code.INTERNAL, "no worker can be started: the zygote keeps ending", retry_after_seconds=1.0)

    async def _current(self) -> Zygote:
        async with self._changing:
            if self._closed:
                raise PlatformError(Code.DRAINING, "the service is shutting down", retry_after_seconds=1.0)
            if self._zygote is not None and self._zygote.lost:
                await self._zygote.close()
                self._zygote = None
            if self._zygote is None:
                self._zygote = await Zygote.start(self._engines, guest_path=self._guest_path, confine=self._confine)
                self.zygotes += 1
            return self._zygote

    async def close(self) -> None:
        """End the zygote, and every worker with it."""
        async with self._changing:
            self._closed = True
            if self._zygote is not None:
                await self._zygote.close()
