"""Two deadlines on a turn: one per event, by the progress mark, and one for the whole turn.

Progress is the proof of life, not a heartbeat: an event that is still the current one after its time is over is why the
worker has to be killed. The mark is looked at every eighth of the event's time, which is the overshoot that the limit has. A
turn that is shorter than that costs one timer that never fires.

Where the host itself stood still, as on a machine that was paused or is overrun, its workers most likely did, too: that time is
not an event's. The turn's deadline keeps to the clock, as callers do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from transformer.pool.ended import EVENT, TURN
from transformer.worker import progress

__all__ = ["Deadline"]

_LOOKS: Final = 8
_PATIENCE: Final = 2.0
_NO_EVENT: Final = frozenset({progress.IDLE, progress.BATCH, progress.TOGETHER, progress.WAITING})


class Deadline:
    """Watches one turn; calls `late(reason)` at most once, with the flag set before it does.

    A batch function is not an event, nor are several events in one call, whose own engine keeps to the time: only the turn's
    deadline holds for these. In the steps that are `patient`, code is stopped by its own engine, at less cost: the host is the
    last resort, and waits longer.
    """

    def __init__(
        self,
        mark: memoryview,
        event_seconds: float,
        turn_at: float,
        late: Callable[[str], None],
        patient: Collection[int] = (),
        spare: float = 0.0,
    ) -> None:
        self._mark = mark
        self._patient = patient
        self._late = late
        self.turn_at = turn_at
        """When the turn has to end; later by what it has waited for host calls, as long as there is some of `spare`."""
        self.spare = spare
        self._tick_seconds = event_seconds / _LOOKS
        self._event_seconds = event_seconds
        self._loop = asyncio.get_running_loop()
        self._seen = (progress.IDLE, 0)
        self._since = self._looked = self._loop.time()
        self.reason = ""
        self._again()

    def _look(self) -> None:
        now, current = self._loop.time(), (self._mark[0], self._mark[2])
        self._since += max(0.0, now - self._looked - 2 * self._tick_seconds)
        if self.spare and current[0] == progress.WAITING:
            waited = min(self.spare, now - self._looked)
            self.turn_at += waited
            self.spare -= waited
        self._looked = now
        if now >= self.turn_at:
            self._fire(TURN)
        elif current != self._seen or current[0] in _NO_EVENT:
            self._seen, self._since = current, now
            self._again()
        elif now - self._since >= self._event_seconds * (_PATIENCE if self._mark[1] in self._patient else 1.0):
            # First seen up to one look after it began: it has had its whole time, and one look more at most.
            self._fire(EVENT)
        else:
            self._again()

    def _again(self) -> None:
        self._timer: asyncio.TimerHandle = self._loop.call_later(
            min(self._tick_seconds, max(0.001, self.turn_at - self._loop.time())), self._look
        )

    def _fire(self, reason: str) -> None:
        self.reason = reason
        self._late(reason)

    def cancel(self) -> None:
        """The turn is over."""
        self._timer.cancel()
