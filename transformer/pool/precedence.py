"""Whose code runs first: that of workspaces which use little of their share, before that of those which use much.

A turn of a quiet workspace meets the worker of a loud one on the same processors. Shared out evenly, two quick turns that come
together take twice the time that they take alone, and so does every hop between host and worker. So while quiet workspaces are
active, workers of loud ones run with SCHED_IDLE: a processor that only they keep busy counts as free. They get what is left,
which is at least half of the machine: a workspace is quiet only as long as it uses less than half of its share.

That holds as long as nothing else is on the machine. Who gets next to nothing all the same has its old place again for a while,
so code is not ended for having been kept waiting.

It needs the right to give a worker its old place back: CAP_SYS_NICE, or RLIMIT_NICE where host and workers are of one user.
Where the system refuses that, everything stays as it was.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Protocol

from transformer.pool import scheduling
from transformer.pool.scheduling import Attributes

__all__ = ["Later", "Precedence", "System", "Timer"]

_IDLE: Final = getattr(os, "SCHED_IDLE", 5)
_OTHER: Final = getattr(os, "SCHED_OTHER", 0)
_LINGER_SECONDS: Final = 1.0
"""So long after the last turn of a quiet workspace the others still give way: its next one is to find the processors free."""

_LOOK_SECONDS: Final = 0.1
_STARVED_SECONDS: Final = 0.25
_STARVED: Final = 1 / 20  # who got less of a processor than this, for so long
_SPARED_SECONDS: Final = 2.0


class _Worker(Protocol):
    workspace: str

    @property
    def system_pid(self) -> int | None: ...

    @property
    def over(self) -> bool: ...


class _Turns(Protocol):
    @property
    def shared(self) -> bool: ...

    def gives_way(self, workspace: str, /) -> bool: ...


class System(Protocol):
    """What is needed of the system: `transformer.pool.scheduling` is it."""

    def read(self, thread: int, /) -> Attributes | None:
        """As `scheduling.read`."""
        ...

    def write(self, thread: int, attributes: Attributes, /) -> bool:
        """As `scheduling.write`."""
        ...

    def cpu_seconds(self, pid: int, /) -> float | None:
        """As `scheduling.cpu_seconds`."""
        ...

    def runnable(self, pid: int, /) -> bool:
        """As `scheduling.runnable`."""
        ...


class Timer(Protocol):
    """Something that will be called."""

    def cancel(self) -> object:
        """It will not."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls after so many seconds."""


def _in_this_loop(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


@dataclass(slots=True)
class _Running:
    """A worker in its turn."""

    before: Attributes | None = None
    """What it had before it was lowered; None while it is not."""

    since: float = 0.0
    used: float = 0.0
    """Its processor time at `since`."""


class Precedence:
    """Told of every turn that begins and ends; looks after the workers of the turns that run. Belongs to one event loop."""

    def __init__(self, turns: _Turns, system: System = scheduling, later: Later = _in_this_loop) -> None:
        self.lowered = 0
        """How many workers give way now."""
        self._turns = turns
        self._system = system
        self._later = later
        self._running: dict[_Worker, _Running] = {}
        self._until = float("-inf")
        self._spared = float("-inf")  # until then nobody is lowered
        self._timer: Timer | None = None
        self._permitted: bool | None = None  # not known before it was tried

    def began(self, worker: _Worker, now: float) -> None:
        """A turn has begun in it."""
        self._running[worker] = running = _Running()
        if self._permitted is False or not self._turns.shared:
            return
        if not self._turns.gives_way(worker.workspace):
            self._until = now + _LINGER_SECONDS
            if self._timer is None:
                self.look(now)
        elif self._timer is not None:
            self._lower(worker, running, now)

    def ended(self, worker: _Worker) -> bool:
        """Its turn is over. False: it cannot be given its old place back, and is of no use to anybody any more."""
        return self._restore(worker, self._running.pop(worker))

    def close(self) -> None:
        """Look no more; turns that run may still end."""
        self._permitted = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self, now: float) -> None:
        """See who has to give way and who no longer has to. Has itself called again as long as anybody might."""
        self._timer = None
        active = now < self._until and self._permitted is not False
        if sum(self._starved(worker, running, now) for worker, running in self._running.items()):  # each is to be asked
            self._spared = now + _SPARED_SECONDS
        for worker, running in self._running.items():
            if active and now >= self._spared and self._turns.gives_way(worker.workspace):
                self._lower(worker, running, now)
            else:
                self._restore(worker, running)
        if active:
            self._timer = self._later(_LOOK_SECONDS, lambda: self.look(perf_counter()))

    def _starved(self, worker: _Worker, running: _Running, now: float) -> bool:
        """Whether it would have run, but got next to nothing, since it was lowered or since this was asked last."""
        seconds = now - running.since
        if running.before is None or seconds < _STARVED_SECONDS or worker.over or not worker.system_pid:
            return False
        used, running.used = running.used, self._system.cpu_seconds(worker.system_pid) or 0.0
        running.since = now
        return running.used - used < _STARVED * seconds and self._system.runnable(worker.system_pid)

    def _lower(self, worker: _Worker, running: _Running, now: float) -> None:
        if running.before is not None or now < self._spared or worker.over or not (pid := worker.system_pid):
            return
        before, used = self._system.read(pid), self._system.cpu_seconds(pid)
        if before is None or used is None or before.policy != _OTHER:
            return
        if self._permitted is None:
            self._permitted = self._try(pid, before)
        if self._permitted and self._system.write(pid, before._replace(policy=_IDLE, runtime=0)):
            running.before, running.since, running.used = before, now, used
            self.lowered += 1

    def _try(self, pid: int, before: Attributes) -> bool:
        """Whether what is lowered can be raised again, tried where it does no harm if not."""
        lower = before._replace(nice=min(before.nice + 1, 19))
        return lower != before and self._system.write(pid, lower) and self._system.write(pid, before)

    def _restore(self, worker: _Worker, running: _Running) -> bool:
        before, running.before = running.before, None
        if before is None:
            return True
        self.lowered -= 1
        # Once it is over, its pid may be another process's.
        return worker.over or self._system.write(worker.system_pid or 0, before)
