"""Run a batch to its last outcome, however many workers it costs.

A poison event fails alone. When a worker is lost in the middle of a batch, events whose outcomes have arrived keep them, the
event that was running (the progress mark says which) fails, and the rest runs again in a fresh worker. So code runs at least
once for an event, and more than once for some events of a batch that lost a worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

from transformer.errors import Code, PlatformError
from transformer.outcome import Failure, Ledger, LedgerError
from transformer.pool.answers import apply_chunk
from transformer.pool.artefacts import Ready
from transformer.pool.blame import blame, charge, charge_memory, charge_time, too_late
from transformer.pool.channel import HungUpError
from transformer.pool.compiling import BrokenBinaryError
from transformer.pool.deadline import Deadline
from transformer.pool.ended import BREACH, CALLER_GONE, MEMORY, RENEWED, Ended
from transformer.pool.hostcalls import HostCalls
from transformer.pool.plan import Batch, Plan
from transformer.pool.process import WorkerProcess
from transformer.pool.quarantine import Hold
from transformer.pool.tables import TableMemory, TableSource
from transformer.wire.frames import FrameError, Kind
from transformer.wire.turns import COUNTED, WELL, read_chunk, write_turn
from transformer.worker import progress

if TYPE_CHECKING:
    from transformer.broker import Broker
    from transformer.pool.pool import Pool

__all__ = ["run"]

_NONE: Final[Mapping[str, Ready]] = MappingProxyType({})
_MOST_COUNTED: Final = 2**53
_NO_TABLES: Final[Mapping[str, TableMemory]] = MappingProxyType({})


async def run(
    pool: Pool,
    plan: Plan,
    batch: Batch,
    deadline: float | None,
    broker: Broker,
    source: TableSource | None,
    *,
    keep_logs: bool,
) -> Ledger:
    """See `Pool.run`."""
    ledger = Ledger(len(batch.payloads))
    quarantines = pool.quarantines
    turn_at, spare, hurried, lost, refused, alone = 0.0, 0.0, False, 0, False, False
    tables = _NO_TABLES
    try:
        while not ledger.closed:
            try:
                if (artefacts := _NONE if _is_ready(pool, plan) else await _prepare(pool, plan, ledger, deadline)) is None:
                    break
                tables = tables or (await _tables(source, plan, deadline) if plan.tables else tables)  # for all tries the same
                indexes = ledger.open_events()
                async with pool.lease(plan.workspace, plan.engines, deadline) as worker:
                    if artefacts and _of_another_zygote(artefacts, worker):
                        await worker.end(RENEWED)
                        continue
                    if not turn_at:  # the time in the queue is not the code's
                        turn_at, spare, hurried = _end_of_turn(plan, deadline)
                    _note_warmth(pool, plan, worker)
                    turn = _TurnRun(
                        pool, broker, plan, batch, ledger, indexes, artefacts, tables, keep_logs=keep_logs, alone=alone
                    )
                    worker.spent = plan.once
                    began = perf_counter()
                    try:
                        ended = await turn.run(worker, turn_at, spare)
                    except _UselessError as useless:
                        await pool.compiler.forget(plan, useless.ready)
                        continue
                    turn_at, spare = turn.until
                    seconds = perf_counter() - began
                    pool.watch.turned(plan.workspace, seconds, "" if ended is None else ended.cause)
            except PlatformError as error:
                refused = True
                if lost == 0:
                    raise
                ledger.fail(ledger.open_events(), _refused(error))
                break
            if ended is None:
                charge_memory(pool, plan, ledger, worker)
                lost += charge_time(pool, plan, ledger, indexes, seconds)
                break
            lost += 1
            alone = alone or turn.mark[0] == progress.TOGETHER
            charge(pool, plan, turn, worker, ended, seconds, hurried=hurried)
            blame(ledger, turn, worker, ended, plan, hurried=hurried)
            _end_it(ledger, plan, lost, turn_at, hurried=hurried)
    finally:
        if quarantines.held:
            quarantines.settle(plan, ledger, perf_counter(), ran=ledger.closed and not lost and not refused)
    return ledger


def _is_ready(pool: Pool, plan: Plan) -> bool:
    """Whether there is nothing to `_prepare`, as nearly always."""
    return not pool.quarantines.held and plan.engines.isdisjoint(pool.compiler.engines)


async def _prepare(pool: Pool, plan: Plan, ledger: Ledger, deadline: float | None) -> Mapping[str, Ready] | None:
    """What the plan's binaries are compiled to. None: the code is not to be run, and the events have failed."""
    quarantines, compiler = pool.quarantines, pool.compiler
    if quarantines.held and (hold := quarantines.hold(plan, ledger, perf_counter())) is not None:
        ledger.fail(ledger.open_events(), _held(hold))
        return None
    if plan.engines.isdisjoint(compiler.engines):
        return _NONE
    try:
        return await compiler.artefacts(plan, deadline)
    except BrokenBinaryError as broken:
        ledger.fail(ledger.open_events(), Failure(Code.CODE_BROKEN, broken.problem.message, step=broken.step))
        return None


async def _tables(source: TableSource | None, plan: Plan, deadline: float | None) -> Mapping[str, TableMemory]:
    """The tables that its code may look into, as they are now. Raises PlatformError."""
    return _NO_TABLES if source is None else await source.find(plan.workspace, plan.tables, deadline)


def _note_warmth(pool: Pool, plan: Plan, worker: WorkerProcess) -> None:
    for step in plan.steps:
        pool.watch.version_loaded(plan.workspace, worker.holds(step))


def _of_another_zygote(artefacts: Mapping[str, Ready], worker: WorkerProcess) -> bool:
    """Whether the worker is from before a renewal, or from after it, and these are not."""
    fingerprints = worker.zygote.fingerprints
    return any(one.fingerprint != fingerprints.get(one.engine) for one in artefacts.values())


class _TurnRun:
    """One try at the open events of a batch, in one worker."""

    def __init__(
        self,
        pool: Pool,
        broker: Broker,
        plan: Plan,
        batch: Batch,
        ledger: Ledger,
        indexes: list[int],
        artefacts: Mapping[str, Ready],
        tables: Mapping[str, TableMemory],
        *,
        keep_logs: bool,
        alone: bool,
    ) -> None:
        self._pool = pool
        self._broker = broker
        self._calls: HostCalls | None = None
        self._plan = plan
        self._batch = batch
        self._ledger = ledger
        self.indexes = indexes
        self._artefacts = artefacts
        self._tables = tables
        self._keep_logs = keep_logs
        self._alone = alone
        self.mark = (progress.IDLE, 0)
        """What the worker was at when it was lost, and in which step."""
        self.until = (0.0, 0.0)
        """When the batch has to end, and what is left of the time that it may wait beyond that."""

    async def run(self, worker: WorkerProcess, turn_at: float, spare: float = 0.0) -> Ended | None:
        """None: every event has its outcome. Otherwise how the worker ended; what had arrived is in the ledger."""
        worker.turns += 1
        worker.mark[0] = progress.IDLE  # it may be about to say so itself: it answers first

        def late(reason: str) -> None:
            self.mark = (worker.mark[0], worker.mark[1])
            killing.append(asyncio.ensure_future(worker.end(reason)))

        killing: list[asyncio.Future[Ended]] = []
        punctual = worker.zygote.punctual
        patient = [at for at, step in enumerate(self._plan.steps) if step.engine in punctual] if punctual else ()
        deadline = Deadline(worker.mark, self._plan.limits.event_seconds, turn_at, late, patient, spare)
        try:
            worn = await self._exchange(worker)
        except HungUpError:
            if not deadline.reason:
                self.mark = (worker.mark[0], worker.mark[1])
            return await worker.end()
        except (FrameError, LedgerError):
            return await worker.end(BREACH)
        except _UselessError:
            await worker.end(RENEWED)
            raise
        except BaseException:
            await worker.end(CALLER_GONE)
            raise
        finally:
            deadline.cancel()
            self.until = deadline.turn_at, deadline.spare
            if self._calls is not None:
                self._calls.abandon()
        if worn:
            await worker.end(MEMORY)
        return None

    async def _exchange(self, worker: WorkerProcess) -> bool:
        """Ask, and take answers until the turn ends. Returns whether the worker called itself worn out."""
        passed = await self._ask(worker, everything=False)
        while True:
            kind, body = await worker.channel.receive()
            if kind is Kind.CHUNK:
                apply_chunk(self._ledger, read_chunk(body), self.indexes)
            elif kind is Kind.CALL:
                self._host_calls(worker).take(body)
            elif kind is Kind.MISSING:
                if useless := [self._artefacts[key] for key in passed if key in _listed(body)]:
                    raise _UselessError(useless)
                passed = await self._ask(worker, everything=True)
            elif kind is Kind.END:
                if not self._ledger.closed:
                    raise FrameError("the turn ended before its events had their outcomes")
                told = {} if bytes(body) == WELL else _json(body)
                self._ledger.add_counts(_counts(told.get("counts", {})))
                if self._calls is not None:
                    await self._calls.finish()
                worker.note_loaded(self._plan.steps)
                return bool(told.get("worn"))
            else:
                raise FrameError(f"{kind.name} in a turn")

    def _host_calls(self, worker: WorkerProcess) -> HostCalls:
        if self._calls is None:
            self._calls = HostCalls(self._pool, self._broker, self._plan, worker, len(self.indexes))
        return self._calls

    async def _ask(self, worker: WorkerProcess, *, everything: bool) -> list[str]:
        """Send the turn. Returns the keys of the artefacts that went along."""
        batch, indexes = self._batch, self.indexes
        whole = len(indexes) == len(batch.payloads)
        steps, passed = worker.describe(self._plan.steps, self._artefacts, everything=everything)
        for key in passed:
            await worker.pass_on(key, self._artefacts[key].memory)
        head: dict[str, Any] = {"count": len(indexes), "steps": steps, "logs": self._keep_logs}
        if self._plan.tables:
            head |= await worker.tables.pass_on(self._tables, worker.channel)
        if worker.limits is not self._plan.limits:
            head["limits"] = self._plan.limits.as_dict()
            worker.limits = self._plan.limits
        if self._alone:
            head["alone"] = True
        if self._plan.adopts:
            head["adopts"] = True
        if batch.credentials is not None:
            head["credentials"] = batch.credentials
        attributes = None
        if self._plan.uses_metadata:
            head["common"] = batch.common
            if batch.metadata is not None:
                head["metadata"] = batch.metadata if whole else [batch.metadata[i] for i in indexes]
            if batch.attributes is not None:
                attributes = batch.attributes if whole else [batch.attributes[i] for i in indexes]
                head["attributes"] = True
        payloads = batch.payloads if whole else [batch.payloads[i] for i in indexes]
        await worker.channel.send(Kind.TURN, write_turn(head, payloads, attributes))
        return passed


class _UselessError(Exception):
    """The worker was given artefacts, and could not load these."""

    def __init__(self, ready: list[Ready]) -> None:
        super().__init__("artefacts that do not load")
        self.ready = ready


def _listed(body: memoryview) -> list[Any]:
    """The keys that a worker says it misses."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, list):
        raise FrameError("what the worker misses cannot be read")
    return value


def _json(body: memoryview) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FrameError("the end of a turn cannot be read") from None
    if not isinstance(value, dict):
        raise FrameError("the end of a turn cannot be read")
    return value


def _counts(told: Any) -> Mapping[str, int]:
    """What a worker says that it counted. Raises FrameError."""
    if not isinstance(told, dict) or not COUNTED.issuperset(told):
        raise FrameError("the end of a turn counts what there is not")
    if not all(type(count) is int and 0 <= count < _MOST_COUNTED for count in told.values()):
        raise FrameError("the end of a turn counts by what is no number")
    return told


def _end_of_turn(plan: Plan, deadline: float | None) -> tuple[float, float, bool]:
    """When a turn that begins now has to end, how much longer it may wait, and whether its end is the caller's deadline."""
    end, spare = asyncio.get_running_loop().time() + plan.limits.turn_seconds, plan.limits.turn_wait_seconds
    if deadline is None:
        return end, spare, False
    return (end, min(spare, deadline - end), False) if deadline >= end else (deadline, 0.0, True)


def _end_it(ledger: Ledger, plan: Plan, lost: int, turn_at: float, *, hurried: bool) -> None:
    """After a loss: fail the rest of the batch, if it is not to be run again."""
    if (failure := _no_more(plan, lost, turn_at, hurried=hurried)) is not None:
        ledger.fail(ledger.open_events(), failure)


def _no_more(plan: Plan, lost: int, turn_at: float, *, hurried: bool) -> Failure | None:
    """Why the rest of a batch that lost workers is not run again, if it is not."""
    if lost > plan.limits.batch_kills:
        told = f"the batch cost {lost} workers, which is as many as one may; this event was not reached"
        return Failure(Code.KILLS_EXHAUSTED, told)
    return too_late(plan, hurried=hurried) if asyncio.get_running_loop().time() >= turn_at else None


def _held(hold: Hold) -> Failure:
    return Failure(Code.QUARANTINED, hold.told, step=hold.step, retry_after_seconds=hold.retry_after_seconds)


def _refused(error: PlatformError) -> Failure:
    return Failure(error.code, error.message, retry_after_seconds=error.retry_after_seconds)
