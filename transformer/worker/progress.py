"""The progress mark: a few bytes of shared memory in which a worker says what it is at, and in which step.

It is how the host tells which event to blame when it has to kill a worker: no message could be sent by then. The mark is a
claim by the guest: a lie costs its own batch at most, because the host blames only events that are still open, and because
the deadline of the whole turn does not depend on it.

Both sides import this file: it may use the standard library only.
"""

from __future__ import annotations

import mmap
from typing import Final

__all__ = ["BATCH", "ENCODING", "IDLE", "LOADING", "PREPARING", "SIZE", "TOGETHER", "WAITING", "open_mark"]

SIZE: Final = 12
IDLE: Final = 0xFFFFFFFF
"""Between turns, or in our own code."""
LOADING: Final = 0xFFFFFFFE
"""Running the module-level code of a version."""
BATCH: Final = 0xFFFFFFFD
"""In a batch function: every open event of the turn is in it."""
TOGETHER: Final = 0xFFFFFFFC
"""In a call over several events, each of which is for itself: which of them it is at is not known."""
WAITING: Final = 0xFFFFFFFB
"""Nothing can go on before the host has answered a call: that is no event's time."""
ENCODING: Final = 0x40000000
"""Added to an event's index while its output is being written: a worker that dies there dies of the output's size."""
PREPARING: Final = 0x20000000
"""Added to an event's index while what its code needs for it is made ready: what that costs is not the event's fault."""


def open_mark(descriptor: int) -> memoryview:
    """Map the mark behind `descriptor`, which may be closed afterwards.

    mark[0] is an event's index in its turn or a constant above, mark[1] the index of the step. mark[2] changes whenever an
    event goes on after a host call: its own time begins anew.
    """
    return memoryview(mmap.mmap(descriptor, SIZE)).cast("I")
