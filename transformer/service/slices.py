"""Asks Linux for short turns of the CPU, which is what a process needs that has little to do each time, but soon.

On a busy machine a thread that wakes up waits until whoever runs has had its slice, some milliseconds, at every hop of a batch:
caller, host, worker and back. One that asks for short slices is let in before those that did not, and does not get more time
than they do. From Linux 6.12; children inherit it, so workers have it, too, and none waits for another one's long slice.

For a process that is a server, not for a library: called by `serve`, never by `Server`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from pathlib import Path
from typing import Final

__all__ = ["ask_for_short_slices"]

_SLICE_NANOSECONDS: Final = 100_000  # the least that there is
_CALLS: Final = {"x86_64": (314, 315), "aarch64": (274, 275)}  # sched_setattr, sched_getattr
_ATTRIBUTES: Final = struct.Struct("IIQiIQQQ")  # size, policy, flags, nice, priority, runtime (the slice), deadline, period
_THREADS: Final = "/proc/self/task"


def ask_for_short_slices() -> bool:
    """For every thread there is, and those that they start. Returns whether the system grants it; if not, all is as before."""
    if platform.machine() not in _CALLS or not Path(_THREADS).is_dir():
        return False
    return sum(not _ask(int(thread.name)) for thread in Path(_THREADS).iterdir()) == 0


def _ask(thread: int) -> bool:
    setting, getting = _CALLS[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    told = ctypes.create_string_buffer(_ATTRIBUTES.size)

    def now() -> tuple[int, ...]:
        return _ATTRIBUTES.unpack(told.raw) if libc.syscall(getting, thread, told, _ATTRIBUTES.size, 0) == 0 else (0,) * 8

    size, policy, _, nice, *_ = now()
    if not size or policy != os.SCHED_OTHER:
        return False  # somebody has chosen another policy for it
    wanted = _ATTRIBUTES.pack(_ATTRIBUTES.size, policy, 0, nice, 0, _SLICE_NANOSECONDS, 0, 0)
    return libc.syscall(setting, thread, ctypes.create_string_buffer(wanted), 0) == 0 and now()[5] == _SLICE_NANOSECONDS
