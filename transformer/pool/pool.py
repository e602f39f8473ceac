"""Batches meet workers: a turn first (`fairness`), then a worker (`workforce`), both given back whatever happens.

Everything here runs in one event loop and changes its books without awaiting in between, so there is no lock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

from transformer.broker import Broker
from transformer.engines.base import ALONE, EngineSpec, Report, Surroundings
from transformer.engines.catalog import COMPANIONS, ENGINES
from transformer.errors import Code, PlatformError
from transformer.outcome import Ledger
from transformer.pool import batch as batches
from transformer.pool import checking
from transformer.pool.artefacts import Artefacts
from transformer.pool.compiling import Compiler
from transformer.pool.fairness import Bounds, Turns
from transformer.pool.hostcalls import Room
from transformer.pool.nurseries import Nurseries
from transformer.pool.plan import Batch, Plan
from transformer.pool.precedence import Precedence
from transformer.pool.process import WorkerProcess
from transformer.pool.quarantine import Quarantine, Quarantines, Rules
from transformer.pool.tables import TableSource
from transformer.pool.watch import Watch
from transformer.pool.workforce import Workforce
from transformer.pool.zygote import Zygote
from transformer.settings import CORES, Settings

__all__ = ["Lease", "Pool"]


class Lease:
    """One worker for the length of a block. A class, not a generator: it stands in the way of every batch."""

    __slots__ = ("_deadline", "_engines", "_pool", "_worker", "_workspace")

    def __init__(self, pool: Pool, workspace: str, engines: frozenset[str], deadline: float | None) -> None:
        self._pool = pool
        self._workspace = workspace
        self._engines = engines
        self._deadline = deadline

    async def __aenter__(self) -> WorkerProcess:
        self._worker = await self._pool.take(self._workspace, self._engines, self._deadline)
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
        artefacts: Path | None = None,
        broker: Broker | None = None,
        tables: TableSource | None = None,
        on_quarantine: Callable[[Quarantine], None] | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        """Books, nothing started.

        `zygote` is the first one, from `begin_zygote`. None: one is started when it is needed.
        `on_quarantine` hears of versions that are set aside, or free again, as a `Watch` does, and why; it returns at once.
        `broker` answers host calls; it stays its owner's to close. None: they are not supported.
        `tables` finds reference tables; None: there are none.
        `artefacts` is the folder in which to keep what binaries were compiled to; None for none.
        `guest_path` adds directories from which the guest may import engines. `confine=False` leaves wall 2 out and exists so
        that tests can attack wall 1 alone: no setting reaches it.
        """
        self.settings = settings
        self.watch = watch
        self.broker = Broker() if broker is None else broker
        self.room = Room(settings.calls_held_bytes)
        """For what host calls hold."""
        self.tables = tables
        engines = {name: spec.under(settings.limits) for name, spec in {**engines, **COMPANIONS}.items()}
        self.engines = engines
        self._nurseries = Nurseries(settings, engines, tuple(guest_path), watch, confine=confine)
        self._nurseries.base.begun = zygote
        folder = None if artefacts is None else Artefacts(artefacts, settings.artefact_bytes)
        self.compiler = Compiler(settings, engines, self._nurseries, watch, folder)
        self._workforce = Workforce(settings, self._nurseries, watch)
        self._turns = Turns(
            Bounds(
                turns=min(settings.concurrent_turns, settings.workers),
                cores=CORES,
                workspace_turns=settings.workspace_workers,
                queue=settings.queue,
                workspace_queue=settings.workspace_queue,
                queue_seconds=settings.queue_seconds,
                target_seconds=settings.queue_target_seconds,
                resting=max(0, settings.workers - settings.concurrent_turns),
            ),
            settings.weights,
        )
        self._precedence = Precedence(self._turns)
        self.quarantines = Quarantines(
            Rules(
                lost_seconds=settings.version_lost_seconds,
                refill=settings.version_lost_part,
                kills=settings.version_kills,
                first_seconds=settings.quarantine_seconds,
                most_seconds=max(settings.quarantine_most_seconds, settings.quarantine_seconds),
            ),
            self._quarantined,
        )
        self._on_quarantine = on_quarantine
        self._sweeper: asyncio.Task[None] | None = None
        self._draining = False
        self._quiet = asyncio.Event()

    async def start(self) -> None:
        """Start the zygote and a first worker, which proves that confinement works.

        Raises:
            PlatformError: the system cannot confine a worker as the profile demands; the message says what is missing.
        """
        try:
            await self._workforce.start()
        except BaseException:
            await self.close()
            raise
        self._sweeper = asyncio.create_task(self._sweep())

    async def renew(self) -> None:
        """Have workers come from a fresh zygote: new code on disk, new imports. No batch is refused or run again for it.

        Raises:
            PlatformError: no fresh one can be started: the old workers go on.
        """
        await self._workforce.renew()

    async def close(self, grace_seconds: float = 0.0) -> None:
        """Refuse new batches, give running ones `grace_seconds`, then end every worker. Idempotent."""
        self._draining = True
        self._workforce.drain()
        self._turns.empty(_draining())
        if self._turns.running or self._turns.resting:
            self._quiet.clear()
        else:
            self._quiet.set()
        if grace_seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), grace_seconds)
        if self._sweeper:
            self._sweeper.cancel()
        self._precedence.close()
        await self.compiler.close()
        await self._nurseries.close()
        await self._quiet.wait()  # what still ran has lost its worker, and says so to its caller
        await self._workforce.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(
        self,
        plan: Plan,
        batch: Batch,
        *,
        deadline: float | None = None,
        keep_logs: bool = False,
        broker: Broker | None = None,
        tables: TableSource | None = None,
    ) -> Ledger:
        """Run a batch to its last outcome: the ledger is closed. `deadline` is in the event loop's time.

        `broker` answers the host calls of this batch, and `tables` finds its reference tables, instead of the pool's.

        Raises:
            PlatformError: NO_CAPACITY if no worker became free in time (nothing was run), DRAINING if the pool is closing,
                INTERNAL if no worker can be started.
        """
        answers = broker or self.broker, tables or self.tables
        ledger = await batches.run(self, plan, batch, deadline, *answers, keep_logs=keep_logs)
        self.broker.redactor.ledger(plan.workspace, ledger)
        return ledger

    def crowded(self, workspace: str) -> bool:
        """Whether batches of the workspace wait: only then `turn_away` says anything."""
        return self._turns.crowded(workspace)

    def turn_away(self, workspace: str, left: float | None) -> PlatformError | None:
        """What `run` would raise at once for one more batch of the workspace, whose caller waits `left` seconds; None: nothing.

        To be asked before a batch is read: in an overload most of what comes need not be.
        """
        refusal = self._turns.turn_away(workspace, perf_counter(), left)
        if refusal is not None:
            self.watch.refused(workspace, refusal.code)
        return refusal

    async def check(self, workspace: str, engine: str, source: str, name: str, around: Surroundings = ALONE) -> Report:
        """Have code checked in a worker that ends afterwards. Code that hangs or breaks it is a problem in the report.

        A binary stands alone: nothing is heeded of what is `around` it.

        Raises:
            PlatformError: as `run` does.
        """
        if engine in self.compiler.engines:
            return await self.compiler.check(workspace, engine, source, name)
        return await checking.check(self, workspace, engine, source, name, around)

    @property
    def start_seconds(self) -> float:
        """What it takes to start a worker: how long the newest one of the usual kind took."""
        return self._nurseries.base.start_seconds

    def stats(self) -> dict[str, int]:
        """How many workers there are and what became of others, for logs and metrics."""
        return {
            "workers": self._workforce.alive,
            "busy": self._turns.running + self._turns.resting,
            "idle": self._workforce.idle,
            "spare": self._workforce.spares,
            "giving_way": self._precedence.lowered,
            "waiting": self._turns.waiting,
            "workers_started": self._nurseries.workers,
            "zygotes_started": self._nurseries.zygotes,
        }

    @property
    def confinement(self) -> tuple[list[str], list[str]]:
        """The lockdown steps that the newest worker of the usual kind verified, and the extras that the system granted."""
        return self._nurseries.base.held, self._nurseries.base.extras

    def lease(self, workspace: str, engines: frozenset[str], deadline: float | None = None) -> Lease:
        """`async with pool.lease(…) as worker`: a worker of `workspace` that runs `engines`, for one turn. Raises as `run`.

        It is kept for later only if the block ends without an exception and the worker was not ended in it.
        """
        return Lease(self, workspace, engines, deadline)

    async def take(self, workspace: str, engines: frozenset[str], deadline: float | None) -> WorkerProcess:
        """A worker for a lease; to be given back. Raises PlatformError as `run` does."""
        try:
            if self._draining:
                raise _draining()
            if deadline is not None and deadline <= asyncio.get_running_loop().time():
                raise PlatformError(Code.NO_CAPACITY, "the caller's deadline has passed; the batch was not started")
            if self._turns.enter(workspace):
                since = perf_counter()
                self.watch.queued(workspace, 0.0)
            else:
                came = perf_counter()
                since = await self._wait(workspace, deadline, came)
                self.watch.queued(workspace, since - came)
        except PlatformError as refused:
            self.watch.refused(workspace, refused.code)
            raise
        try:
            worker = await self._workforce.take(workspace, engines)
        except BaseException:
            self._leave(workspace, since)
            raise
        worker.since, worker.rested = since, 0.0
        self._precedence.began(worker, perf_counter())
        return worker

    def give_back(self, worker: WorkerProcess, *, clean: bool) -> None:
        """The lease is over; `clean` says that nothing went wrong in it."""
        now = self._leave(worker.workspace, worker.since + worker.rested)
        as_before = self._precedence.ended(worker)
        self._workforce.put_back(worker, now, clean=clean and as_before)

    def rest(self, worker: WorkerProcess) -> bool:
        """Its turn waits for host calls and needs no processor: another one may run in its place. False: it keeps its place."""
        now = perf_counter()
        resting = self._turns.rest(worker.workspace, now)
        if resting:
            worker.rested -= now
        return resting

    def resume(self, worker: WorkerProcess) -> None:
        """A turn that rested goes on."""
        worker.rested += perf_counter()
        self._turns.resume(worker.workspace)

    def _leave(self, workspace: str, since: float) -> float:
        now = perf_counter()
        self._turns.leave(workspace, now - since, now)
        if self._draining and not self._turns.running and not self._turns.resting:
            self._quiet.set()
        return now

    async def _wait(self, workspace: str, deadline: float | None, came: float) -> float:
        """Queue until a turn has begun for us; when it has."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def tell(error: PlatformError | None) -> bool:
            if future.done():
                return False
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
            return True

        left = None if deadline is None else deadline - loop.time()
        ticket = self._turns.wait(workspace, came, left, tell)
        try:
            async with asyncio.timeout(self.settings.queue_seconds if left is None else min(left, self.settings.queue_seconds)):
                await future
        except TimeoutError:
            now = perf_counter()
            if self._turns.withdraw(ticket, now) or future.cancelled():
                raise self._turns.gave_up(ticket, now) from None
            future.result()  # told in the same moment: the turn is ours, or the error is
        except asyncio.CancelledError:
            told = not self._turns.withdraw(ticket, perf_counter()) and not future.cancelled()
            if told and future.exception() is None:
                self._turns.leave(workspace, 0.0, perf_counter())
            raise
        return perf_counter()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self.settings.worker_idle_seconds / 4))
            now = perf_counter()
            self._workforce.sweep(now)
            self._turns.sweep(now)
            self.quarantines.sweep(now)

    def _quarantined(self, quarantine: Quarantine) -> None:
        tell = self.watch.released if quarantine.over else self.watch.quarantined
        tell(quarantine.workspace, quarantine.version)
        if self._on_quarantine is not None:
            self._on_quarantine(quarantine)


def _draining() -> PlatformError:
    return PlatformError(Code.DRAINING, "the service is shutting down; send the batch to another one", retry_after_seconds=1.0)
