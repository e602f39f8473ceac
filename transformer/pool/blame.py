"""Who answers for a worker that was lost: events get their outcome, and the step that cost it pays.

By the progress mark, as far as it can be believed: a worker that has left its sandbox forfeits all that it has not answered.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

from transformer.errors import Code
from transformer.outcome import Failure, Ledger
from transformer.pool.ended import EVENT, TURN, Ended
from transformer.pool.plan import Plan
from transformer.pool.process import WorkerProcess
from transformer.worker import progress

if TYPE_CHECKING:
    from transformer.pool.pool import Pool

__all__ = ["LOADING", "LostTurn", "blame", "charge", "charge_memory", "charge_time", "too_late"]

LOADING: Final = "loading the code"
"""How the message of a failure begins that no event is to blame for: the code, or what it needs, was not there yet."""

_FLAGS: Final = progress.ENCODING | progress.PREPARING
_PAID: Final = frozenset({"time", "crashed", "protocol"})
"""Ends of workers, as in `watch.ENDINGS`, that their code is to blame for."""
_LOOKED_AT: Final = 1.25
"""What one event can have lost, as a part of what it may run: the deadline looks every eighth, and ending takes its time."""


class LostTurn(Protocol):
    """A try at events of a batch that cost its worker."""

    indexes: list[int]
    """Of its events, in the batch."""

    mark: tuple[int, int]
    """What the worker was at when it was lost, and in which step."""


def charge(
    pool: Pool, plan: Plan, turn: LostTurn, worker: WorkerProcess, ended: Ended, seconds: float, *, hurried: bool
) -> None:
    """Have the step that lost the worker pay for it: the work that came to nothing, and another worker.

    Nobody pays for a worker that was lost from outside, or because the caller had no more time.
    """
    if worker.zygote.lost or ended.cause not in _PAID or (ended.killed_for == TURN and hurried):
        return
    at, step = turn.mark
    believed = not ended.unchained and not _impossible(turn)
    one_event = believed and at not in {progress.BATCH, progress.TOGETHER, progress.WAITING}
    cost = (min(seconds, _LOOKED_AT * plan.limits.event_seconds) if one_event else seconds) + pool.start_seconds
    known = believed and at != progress.IDLE and step < len(plan.steps)
    for paying in [plan.steps[step]] if known else plan.steps:
        pool.quarantines.charge(plan.workspace, paying, cost, ended.cause, perf_counter())


def charge_memory(pool: Pool, plan: Plan, ledger: Ledger, worker: WorkerProcess) -> None:
    """Where a turn ended well, but not its worker: memory ran out in it. The steps that said so pay for another worker."""
    if not worker.over:
        return
    steps = {failure.step for failure in ledger.failures.values() if failure.code is Code.MEMORY_LIMIT}
    for index, step in enumerate(plan.steps):
        if index in steps:
            pool.quarantines.charge(plan.workspace, step, pool.start_seconds, "memory", perf_counter(), kill=False)


def charge_time(pool: Pool, plan: Plan, ledger: Ledger, indexes: list[int], seconds: float) -> int:
    """Where a turn ended well, but its code was stopped by its own engine: as if that had cost a worker. Returns how often."""
    if not ledger.failures:
        return 0
    late = [failure.step for i in indexes if (failure := ledger.failures.get(i)) and failure.code is Code.TIME_LIMIT]
    late = late[: max(1, int(seconds / plan.limits.event_seconds))]  # one that does not start fails all events, but once
    for step in late:
        for paying in plan.steps if step is None else plan.steps[step : step + 1]:
            pool.quarantines.charge(plan.workspace, paying, plan.limits.event_seconds, "time", perf_counter())
    return len(late)


def too_late(plan: Plan, *, hurried: bool, waiting: bool = False) -> Failure:
    """What an event fails with whose turn never came, or did not end, before the time was over."""
    over = "the caller's time was over" if hurried else f"the batch ran longer than {plan.limits.turn_seconds:g} s"
    if waiting:
        return Failure(Code.BATCH_TIME, f"{over} while this event waited for host calls, its own or another event's")
    return Failure(Code.BATCH_TIME, f"{over} and this event was not reached; send smaller batches")


def blame(ledger: Ledger, turn: LostTurn, worker: WorkerProcess, ended: Ended, plan: Plan, *, hurried: bool) -> None:
    """Settle the events that the loss of a worker settles: the one that was running, or every one if all were."""
    limits, open_events = plan.limits, ledger.open_events()
    blamed, what, encoding = _suspects(ledger, turn, open_events)
    step = turn.mark[1] if turn.mark[1] < len(plan.steps) else None

    def fail(code: Code, told: str) -> None:
        ledger.fail(blamed, Failure(code, told, step=step))

    if ended.unchained or (_impossible(turn) and not worker.zygote.lost):
        # The guest has left its sandbox, and what it is at is its own word: it forfeits what it has not answered.
        ledger.fail(open_events, Failure(Code.CRASHED, "the code broke out of its sandbox; its worker was ended"))
    elif ended.killed_for == EVENT:
        fail(Code.TIME_LIMIT, f"{what} ran longer than {limits.event_seconds:g} s")
    elif ended.killed_for == TURN and turn.mark[0] == progress.BATCH and not hurried:
        fail(Code.TIME_LIMIT, f"{what} ran longer than {limits.turn_seconds:g} s")
    elif ended.killed_for == TURN:
        ledger.fail(open_events, too_late(plan, hurried=hurried, waiting=turn.mark[0] == progress.WAITING))
    elif worker.zygote.lost:
        return  # not the code's fault: nobody is blamed, everything that is open runs again
    elif ended.signal == "SIGKILL" and not ended.killed_for:
        told = "the worker was killed from outside while it ran this event, perhaps by the system for lack of memory"
        ledger.fail(blamed, Failure(Code.WORKER_LOST, told, retry_after_seconds=1.0))
    elif ended.signal in worker.zygote.memory_signals:
        fail(Code.MEMORY_LIMIT, f"{what} used more memory than the limit of {limits.memory_bytes} bytes")
    elif encoding:
        # orjson does not survive memory that runs out while it writes.
        fail(Code.OUTPUT_LIMIT, f"the output does not fit the memory that is left of {limits.memory_bytes} bytes")
    else:
        fail(Code.CRASHED, f"{what} ended its worker: {ended}")


def _impossible(turn: LostTurn) -> bool:
    """Whether the mark says what no worker of ours writes: an event that the turn does not have."""
    at = turn.mark[0]
    return at < progress.WAITING and at & ~_FLAGS >= len(turn.indexes)


def _suspects(ledger: Ledger, turn: LostTurn, open_events: list[int]) -> tuple[list[int], str, bool]:
    """By the mark: the events that were running, what to call them, and whether an output was being written."""
    at = turn.mark[0]
    if at == progress.LOADING:
        return open_events, LOADING, False
    if at == progress.BATCH:
        return open_events, "the batch function", False
    if at == progress.TOGETHER:
        return [], "one of several events", False  # they run again, each alone
    if at == progress.WAITING:
        return [], "none of the events, which all wait for host calls,", False  # they run again
    flags = at & _FLAGS if at != progress.IDLE else 0
    at -= flags
    running = at < len(turn.indexes) and not ledger.status[turn.indexes[at]]
    what = f"{LOADING} that this event needs" if flags & progress.PREPARING else "the event"
    return [turn.indexes[at]] if running else [], what, bool(flags & progress.ENCODING) and running
