"""The workers that exist: started, kept idle for their workspace, kept as spares, let go to make room, ended.

Everything changes the books without awaiting in between, so there is no lock. Room for a worker is taken before its slow start
and given back if that fails; a worker that is being ended keeps its room until it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, Final

from transformer.errors import PlatformError
from transformer.pool.ended import DRAINED, IDLE, RENEWED, ROOM, WORN
from transformer.pool.nurseries import Nurseries
from transformer.pool.process import WorkerProcess
from transformer.pool.shelf import Shelf
from transformer.pool.watch import Watch
from transformer.settings import Settings

__all__ = ["Workforce"]

_SPARE_SECONDS: Final = 1.0


class Workforce:
    """At most `settings.workers` processes, those that are being started or ended included."""

    def __init__(self, settings: Settings, nurseries: Nurseries, watch: Watch) -> None:
        self.alive = 0
        self._settings = settings
        self._nurseries = nurseries
        self._watch = watch
        self._shelf = Shelf(settings.worker_idle_seconds)
        self._spares: deque[WorkerProcess] = deque()
        self._took_spare: dict[str, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._room = asyncio.Event()

    @property
    def idle(self) -> int:
        """Workers of a workspace that have nothing to do."""
        return len(self._shelf)

    @property
    def spares(self) -> int:
        """Workers that no workspace owns yet."""
        return len(self._spares)

    async def start(self) -> None:
        """A first worker, which proves that confinement works. Raises PlatformError if it cannot be started."""
        self._spares.append(await self._new(frozenset()))
        self._fill_spares()

    async def take(self, workspace: str, engines: frozenset[str]) -> WorkerProcess:
        """A worker of `workspace` that runs `engines`: an idle one, a spare, or a new one.

        Raises:
            PlatformError: none can be started.
        """
        while worker := self._shelf.take(workspace, engines):
            if not worker.over:
                return worker
            self._spawn(self._retire(worker, IDLE))
        return await self._hire(workspace, engines)

    def put_back(self, worker: WorkerProcess, now: float, *, clean: bool) -> None:
        """It has ended its turn; `clean` says that nothing went wrong in it."""
        if not clean or worker.over or worker.spent or worker.turns >= self._settings.worker_turns:
            self._spawn(self._retire(worker, WORN))
        elif self._closing:
            self._spawn(self._retire(worker, DRAINED))
        elif not self._nurseries.current(worker):
            self._spawn(self._retire(worker, RENEWED))
        else:
            self._shelf.put(worker, now)
            if self.alive >= self._settings.workers:
                self._room.set()  # whoever waits for room may have this worker's

    def sweep(self, now: float) -> None:
        """Let go of workers that were idle for their time. To be called once in a while."""
        for worker in self._shelf.expired(now):
            self._spawn(self._retire(worker, IDLE))
        for workspace in [name for name, at in self._took_spare.items() if now - at >= _SPARE_SECONDS]:
            del self._took_spare[workspace]

    async def renew(self) -> None:
        """Have all workers come from a fresh zygote from now on; those that are busy finish their turns.

        Raises:
            PlatformError: a fresh zygote, or a worker of it, cannot be started: everything stays as it was.
        """
        await self._nurseries.renew()
        for worker in self._take_all():
            self._spawn(self._retire(worker, RENEWED))
        self._fill_spares()

    def drain(self) -> None:
        """Keep nothing from now on."""
        self._closing = True

    async def close(self) -> None:
        """End every worker. Those that are busy must have been given back."""
        self.drain()
        while self._tasks or self._spares or len(self._shelf):
            ending = (self._retire(worker, DRAINED) for worker in self._take_all())
            await asyncio.gather(*ending, *self._tasks, return_exceptions=True)

    async def _hire(self, workspace: str, engines: frozenset[str]) -> WorkerProcess:
        while True:
            if worker := self._spare(workspace, engines):
                return worker
            if self.alive < self._settings.workers:
                break
            # Some worker is idle or on its way out, or will be: there are fewer leases than workers, ours among them.
            # A spare that is left here does not run these engines.
            if victim := self._shelf.oldest() or (self._spares.popleft() if self._spares else None):
                await self._retire(victim, ROOM)
            else:
                self._room.clear()
                await self._room.wait()
        worker = await self._new(engines)
        worker.workspace = workspace
        return worker

    def _spare(self, workspace: str, engines: frozenset[str]) -> WorkerProcess | None:
        if not engines <= self._nurseries.base.engines:
            return None
        # One per second and workspace, while there is room for others: who loses its workers must not have all of them.
        while self._spares and (workspace not in self._took_spare or self.alive >= self._settings.workers):
            worker = self._spares.popleft()
            self._fill_spares()
            if not worker.over:
                self._took_spare[workspace] = perf_counter()
                worker.workspace = workspace
                return worker
            self._spawn(self._retire(worker, IDLE))
        return None

    async def _new(self, engines: frozenset[str]) -> WorkerProcess:
        nursery = self._nurseries.of(engines)
        self.alive += 1
        try:
            # To its end even if the caller goes away: a half-started worker would be nobody's.
            starting = asyncio.ensure_future(nursery.worker())
            try:
                return await asyncio.shield(starting)
            except asyncio.CancelledError:
                self.alive += 1  # it will exist, or not: `_abandon` counts it out
                self._spawn(self._abandon(starting))
                raise
        except BaseException:
            self._gone()
            raise

    async def _abandon(self, starting: asyncio.Future[WorkerProcess]) -> None:
        try:
            worker = await starting
        except PlatformError:
            self._gone()
        else:
            await self._retire(worker, IDLE)

    async def _retire(self, worker: WorkerProcess, reason: str) -> None:
        """End it, for that reason if nobody has yet for another."""
        try:
            ended = await worker.end(reason)
            self._watch.worker_ended(ended.cause)
        finally:
            self._gone()
            await self._nurseries.tidy()

    def _gone(self) -> None:
        self.alive -= 1
        self._room.set()

    def _take_all(self) -> list[WorkerProcess]:
        workers = [*self._shelf.all(), *self._spares]
        self._spares.clear()
        return workers

    def _fill_spares(self) -> None:
        if len(self._spares) < self._settings.spare_workers and self.alive < self._settings.workers and not self._closing:
            self._spawn(self._add_spare())

    async def _add_spare(self) -> None:
        with contextlib.suppress(PlatformError):  # whoever needs a worker next gets the error
            worker = await self._new(frozenset())
            if self._nurseries.current(worker):
                self._spares.append(worker)
                self._room.set()
            else:
                await self._retire(worker, RENEWED)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
