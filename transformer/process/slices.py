"""Asks Linux for short turns of the CPU, which is what a process needs that has little to do each time, but soon.

On a busy machine a thread that wakes up waits until whoever runs has had its slice, some milliseconds, at every hop of a batch:
caller, host, worker and back. One that asks for short slices is let in before those that did not, and does not get more time
than they do. From Linux 6.12; children inherit it, so workers have it, too, and none waits for another one's long slice.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from transformer.pool import scheduling

__all__ = ["ask_for_short_slices"]

_SLICE_NANOSECONDS: Final = 100_000  # the least that there is
_THREADS: Final = "/proc/self/task"


def ask_for_short_slices() -> bool:
    """For every thread there is, and those that they start. Returns whether the system grants it; if not, all is as before."""
    if not Path(_THREADS).is_dir():
        return False
    return sum(not _ask(int(thread.name)) for thread in Path(_THREADS).iterdir()) == 0


def _ask(thread: int) -> bool:
    now = scheduling.read(thread)
    if now is None or now.policy != os.SCHED_OTHER:
        return False  # the system does not tell, or somebody has chosen another policy for it
    if not scheduling.write(thread, now._replace(flags=0, priority=0, runtime=_SLICE_NANOSECONDS, deadline=0, period=0)):
        return False
    after = scheduling.read(thread)
    return after is not None and after.runtime == _SLICE_NANOSECONDS
