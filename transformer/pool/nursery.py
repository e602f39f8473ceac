"""Where workers come from: one zygote, replaced when it is lost or renewed, and the workers it forks.

A zygote that was renewed lives on until its last worker is gone: they would end with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Final

from transformer.engines.base import EngineSpec
from transformer.errors import Code, PlatformError
from transformer.pool.ended import CHECKED
from transformer.pool.process import WorkerKilled, WorkerProcess
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
        self._specs = engines
        self.engines = frozenset(engines)
        """What its workers run."""
        self._guest_path = guest_path
        self._watch = watch
        self._confine = confine
        self.begun: Zygote | None = None
        """One of these engines that somebody has begun to start: it is the first one then."""
        self.zygote: Zygote | None = None
        """The one that workers come from now."""
        self._replaced: list[Zygote] = []
        self._changing = asyncio.Lock()
        self._renewing = asyncio.Lock()
        self._closed = False
        self.workers = 0
        self.zygotes = 0
        self.start_seconds = 0.0
        """How long the newest worker took to start: what it costs to lose one."""
        self.held: list[str] = []
        self.extras: list[str] = []

    async def renew(self) -> None:
        """Fork workers from a fresh zygote from now on.

        Raises:
            PlatformError: it cannot be started, or not one worker of it: the old one stays.
        """
        async with self._renewing:
            try:
                fresh = await self._start_zygote()
            except ZygoteLost:
                raise _killed() from None
            try:
                ended = await (await self._fork(fresh)).end(CHECKED)
                self._watch.worker_ended(ended.cause)
            except (ZygoteLost, WorkerKilled):
                await fresh.close()
                raise _killed() from None
            except BaseException:
                await fresh.close()
                raise
            if self._closed:
                await fresh.close()
                raise _closing()
            if self.zygote is not None:
                self._replaced.append(self.zygote)
            self.zygote = fresh
            await self.tidy()

    async def tidy(self) -> None:
        """End the zygotes that were replaced and have no workers left."""
        over = [one for one in self._replaced if one.lost or not one.workers]
        self._replaced = [one for one in self._replaced if one not in over]
        for zygote in over:
            await zygote.close()

    async def worker(self, memory_bytes: int | None = None) -> WorkerProcess:
        """A new worker that no workspace owns, with more memory than usual if so told. PlatformError if none can be started."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._fork(await self._current(), memory_bytes)
            except (ZygoteLost, WorkerKilled):
                continue
        raise _killed()

    async def fingerprint(self, engine: str) -> str:
        """What artefacts for the workers of now must be made by. Raises PlatformError if there can be none."""
        for _ in range(_ATTEMPTS):
            try:
                return (await self._current()).fingerprints[engine]
            except ZygoteLost:
                continue
        raise _killed()

    async def _fork(self, zygote: Zygote, memory_bytes: int | None = None) -> WorkerProcess:
        limits = self._settings.limits
        asked = perf_counter()
        worker = await WorkerProcess.start(
            zygote,
            profile=self._settings.profile if self._confine else "development",
            memory_bytes=limits.memory_bytes if memory_bytes is None else memory_bytes,
            frame_bytes=max(limits.batch_output_bytes, limits.batch_bytes, limits.reply_bytes) + _FRAME_SLACK,
            versions=self._settings.worker_versions,
        )
        self.start_seconds = perf_counter() - asked
        self._watch.worker_started(self.start_seconds)
        self.workers += 1
        self.held, self.extras = worker.held, worker.extras
        return worker

    async def _current(self) -> Zygote:
        async with self._changing:
            if self._closed:
                raise _closing()
            if self.zygote is not None and self.zygote.lost:
                await self.zygote.close()
                self.zygote = None
            if self.zygote is None:
                self.zygote = await self._start_zygote()
            return self.zygote

    async def _start_zygote(self) -> Zygote:
        begun, self.begun = self.begun, None
        zygote = begun or Zygote.begin(self._specs, guest_path=self._guest_path, confine=self._confine)
        await zygote.ready()
        self.zygotes += 1
        return zygote

    async def close(self) -> None:
        """End the zygote, and every worker with it."""
        async with self._changing:
            self._closed = True
            for zygote in filter(None, [*self._replaced, self.zygote, self.begun]):
                await zygote.close()


def _killed() -> PlatformError:
    told = "no worker can be started: what starts them is killed from outside, perhaps by the system for lack of memory"
    return PlatformError(Code.WORKER_LOST, told, retry_after_seconds=1.0)


def _closing() -> PlatformError:
    return PlatformError(Code.DRAINING, "the service is shutting down", retry_after_seconds=1.0)
