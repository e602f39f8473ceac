"""Who gets a worker, and when: bounded in total, per workspace, and in how many wait.

Everything here runs in one event loop and changes its books without awaiting in between, so there is no lock. The books:
`_alive` counts the processes that exist or are being started, `_busy` the leases per workspace. Room is taken before the slow
start of a worker and given back if it fails; a worker that is being ended keeps its room until it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import Coroutine, Mapping, Sequence
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from transformer.engines.base import EngineSpec, Report
from transformer.engines.catalog import ENGINES
from transformer.errors import Code, PlatformError
from transformer.outcome import Ledger
from transformer.pool import batch as batches
from transformer.pool import checking
from transformer.pool.ended import DRAINED, IDLE, ROOM, WORN
from transformer.pool.nursery import Nursery
from transformer.pool.plan import Batch, Plan
from transformer.pool.process import WorkerProcess
from transformer.pool.shelf import Shelf
from transformer.pool.watch import Watch
from transformer.settings import Settings

__all__ = ["Lease", "Pool"]


class Lease:
    """One worker for the length of a block. A class, not a generator: it stands in the way of every batch."""

    __slots__ = ("_deadline", "_pool", "_worker", "_workspace")

    def __init__(self, pool: Pool, workspace: str, deadline: float | None) -> None:
        self._pool = pool
        self._workspace = workspace
        self._deadline = deadline

    async def __aenter__(self) -> WorkerProcess:
        self._worker = await self._pool.take(self._workspace, self._deadline)
        return self._worker

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.give_back(self._worker, clean=kind is None)


class Pool:
    """Workers for batches. Start it, `run` batches, close it; it belongs to the event loop it was started in."""

    def __init__(
        self,
        settings: Settings,
        watch: Watch = Watch(),  # noqa: B008 - it has no state
        *,
        engines: Mapping[str, EngineSpec] = ENGINES,
        guest_path: Sequence[str] = (),
        confine: bool = True,
    ) -> None:
        """Books, nothing started.

        `guest_path` adds directories from which the guest may import engines. `confine=False` leaves wall 2 out and exists so
        that tests can attack wall 1 alone: no setting reaches it.
        """
        self.settings = settings
        self.watch = watch
        self._nursery = Nursery(settings, engines, tuple(guest_path), watch, confine=confine)
        self._shelf = Shelf(settings.workers, settings.worker_idle_seconds)
        self._alive = 0
        self._busy: Counter[str] = Counter()
        self._most_busy = min(settings.concurrent_turns, settings.workers)
        self._queue: OrderedDict[asyncio.Future[None], str] = OrderedDict()
        self._spares: deque[WorkerProcess] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._draining = False
        self._room = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def start(self) -> None:
        """Start the zygote and a first worker, which proves that confinement works.

        Raises:
            PlatformError: the system cannot confine a worker as the profile demands; the message says what is missing.
        """
        try:
            self._spares.append(await self._new_worker())
        except BaseException:
            await self.close()
            raise
        self._sweeper = asyncio.create_task(self._sweep())
        self._fill_spares()

    async def close(self, grace_seconds: float = 0.0) -> None:
        """Refuse new batches, give running ones `grace_seconds`, then end every worker. Idempotent."""
        self._draining = True
        for future in self._queue:
            if not future.done():
                future.set_exception(_draining())
        if grace_seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), grace_seconds)
        if self._sweeper:
            self._sweeper.cancel()
        await self._nursery.close()
        await self._quiet.wait()  # what still ran has lost its worker, and says so to its caller
        while self._tasks or self._spares or len(self._shelf):
            idle = [*self._shelf.all(), *self._spares]
            self._spares.clear()
            await asyncio.gather(*(self._retire(worker, DRAINED) for worker in idle), *self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, plan: Plan, batch: Batch, *, deadline: float | None = None, keep_logs: bool = False) -> Ledger:
        """Run a batch to its last outcome: the ledger is closed. `deadline` is in the event loop's time.

        Raises:
            PlatformError: NO_CAPACITY if no worker became free in time (nothing was run), DRAINING if the pool is closing,
            INTERNAL if no
                worker can be started.
        """
        return await batches.run(self, plan, batch, deadline, keep_logs=keep_logs)

    async def check(self, workspace: str, engine: str, source: str, name: str) -> Report:
        """Have code checked in a worker that ends afterwards. Code that hangs or breaks it is a problem in the report.

        Raises:
            PlatformError: as `run` does.
        """
        return await checking.check(self, workspace, engine, source, name)

    def stats(self) -> dict[str, int]:
        """How many workers there are and what became of others, for logs and metrics."""
        return {
            "workers": self._alive,
            "busy": self._busy.total(),
            "idle": len(self._shelf),
            "spare": len(self._spares),
            "waiting": len(self._queue),
            "workers_started": self._nursery.workers,
            "zygotes_started": self._nursery.zygotes,
        }

    @property
    def confinement(self) -> tuple[list[str], list[str]]:
        """The lockdown steps that the newest worker verified, and the extras that the system granted."""
        return self._nursery.held, self._nursery.extras

    def lease(self, workspace: str, deadline: float | None = None) -> Lease:
        """`async with pool.lease(…) as worker`: a worker of `workspace`, for one turn. Raises PlatformError as `run` does.

        It is kept for later only if the block ends without an exception and the worker was not ended in it.
        """
        return Lease(self, workspace, deadline)

    def give_back(self, worker: WorkerProcess, *, clean: bool) -> None:
        """The lease is over; `clean` says that nothing went wrong in it."""
        if clean and not worker.over and worker.turns < self.settings.worker_turns and not self._draining:
            self._shelf.put(worker)
        else:
            self._spawn(self._retire(worker, DRAINED if self._draining else WORN))
        self._release(worker.workspace)

    async def take(self, workspace: str, deadline: float | None) -> WorkerProcess:
        """A worker for a lease; to be given back. Raises PlatformError as `run` does."""
        if self._draining:
            self.watch.refused(workspace, Code.DRAINING)
            raise _draining()
        if self._queue or not self._may_run(workspace):
            came = perf_counter()
            try:
                await self._wait(workspace, deadline)
            except PlatformError as refused:
                self.watch.refused(workspace, refused.code)
                raise
            self.watch.queued(workspace, perf_counter() - came)
        else:
            self._reserve(workspace)
            self.watch.queued(workspace, 0.0)
        try:
            while worker := self._shelf.take(workspace):
                if not worker.over:
                    return worker
                self._spawn(self._retire(worker, IDLE))
            return await self._start(workspace)
        except BaseException:
            self._release(workspace)
            raise

    def _may_run(self, workspace: str) -> bool:
        return self._busy.total() < self._most_busy and self._busy[workspace] < self.settings.workspace_workers

    def _reserve(self, workspace: str) -> None:
        self._busy[workspace] += 1
        self._quiet.clear()

    def _release(self, workspace: str) -> None:
        self._busy[workspace] -= 1
        if not self._busy[workspace]:
            del self._busy[workspace]
        if not self._busy:
            self._quiet.set()
        for future, waiting in list(self._queue.items()):
            if not future.done() and self._may_run(waiting):
                self._reserve(waiting)
                future.set_result(None)

    async def _wait(self, workspace: str, deadline: float | None) -> None:
        """Queue until `_release` has reserved for us."""
        loop = asyncio.get_running_loop()
        if len(self._queue) >= self.settings.queue:
            raise _no_capacity(f"{len(self._queue)} batches are waiting for a worker already", self.settings.queue_seconds)
        until = loop.time() + self.settings.queue_seconds
        future: asyncio.Future[None] = loop.create_future()
        self._queue[future] = workspace
        try:
            async with asyncio.timeout_at(until if deadline is None else min(until, deadline)):
                await future
        except TimeoutError:
            raise _no_capacity("no worker became free in time", self.settings.queue_seconds) from None
        except BaseException:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._release(workspace)
            raise
        finally:
            del self._queue[future]

    async def _start(self, workspace: str) -> WorkerProcess:
        while self._spares:
            worker = self._spares.popleft()
            self._fill_spares()
            if not worker.over:
                worker.workspace = workspace
                return worker
            self._spawn(self._retire(worker, IDLE))
        while self._alive >= self.settings.workers:
            # Some worker is idle or on its way out: no more than `_most_busy` leases exist, ours among them.
            if victim := self._shelf.oldest():
                await self._retire(victim, ROOM)
            else:
                self._room.clear()
                await self._room.wait()
        worker = await self._new_worker()
        worker.workspace = workspace
        return worker

    async def _new_worker(self) -> WorkerProcess:
        self._alive += 1
        try:
            # To its end even if the caller goes away: a half-started worker would be nobody's.
            starting = asyncio.ensure_future(self._nursery.worker())
            try:
                return await asyncio.shield(starting)
            except asyncio.CancelledError:
                self._alive += 1  # it will exist, or not: `_abandon` counts it out
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
        """End it, if nobody has yet, for that reason."""
        try:
            ended = await worker.end(reason)
            self.watch.worker_ended(ended.cause)
        finally:
            self._gone()

    def _gone(self) -> None:
        self._alive -= 1
        self._room.set()

    def _fill_spares(self) -> None:
        if len(self._spares) < self.settings.spare_workers and self._alive < self.settings.workers and not self._draining:
            self._spawn(self._add_spare())

    async def _add_spare(self) -> None:
        with contextlib.suppress(PlatformError):  # whoever needs a worker next gets the error
            self._spares.append(await self._new_worker())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self.settings.worker_idle_seconds / 4))
            for worker in self._shelf.expired():
                self._spawn(self._retire(worker, IDLE))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _no_capacity(why: str, retry_after_seconds: float) -> PlatformError:
    return PlatformError(Code.NO_CAPACITY, f"{why}; send the batch again later", retry_after_seconds=retry_after_seconds)


def _draining() -> PlatformError:
    return PlatformError(Code.DRAINING, "the service is shutting down; send the batch to another one", retry_after_seconds=1.0)
