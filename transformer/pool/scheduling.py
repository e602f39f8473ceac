"""How Linux shares its processors out to a process: read, and set where the system permits it.

The standard library's calls would not do: they take back the length of the slices that `transformer serve` asks for.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Attributes", "cpu_seconds", "read", "runnable", "system_pid", "write"]

_CALLS: Final = {"x86_64": (314, 315), "aarch64": (274, 275)}  # sched_setattr, sched_getattr
_LAYOUT: Final = struct.Struct("IIQiIQQQ")  # include/uapi/linux/sched/types.h: struct sched_attr, its first version
_CPU_CLOCK: Final = 2  # include/linux/posix-timers_types.h: CPUCLOCK_SCHED, of a whole process


class Attributes(NamedTuple):
    """`struct sched_attr`, without its size."""

    policy: int
    flags: int
    nice: int
    priority: int
    runtime: int
    """Of `SCHED_OTHER`: the length of a slice, in nanoseconds."""

    deadline: int
    period: int


_libc = ctypes.CDLL(None, use_errno=True)


def read(thread: int) -> Attributes | None:
    """Those of a thread, or of a process's first one. None: there is no such thread, or the system does not tell."""
    if platform.machine() not in _CALLS:
        return None
    told = ctypes.create_string_buffer(_LAYOUT.size)
    if _libc.syscall(_CALLS[platform.machine()][1], thread, told, _LAYOUT.size, 0) != 0:
        return None
    return Attributes(*_LAYOUT.unpack(told.raw)[1:])


def write(thread: int, attributes: Attributes) -> bool:
    """Set them, after `read`; whether the system permits it."""
    wanted = _LAYOUT.pack(_LAYOUT.size, *attributes)
    done: int = _libc.syscall(_CALLS[platform.machine()][0], thread, ctypes.create_string_buffer(wanted, _LAYOUT.size), 0)
    return done == 0


def cpu_seconds(pid: int) -> float | None:
    """The processor time that a process has used. None: there is no such process, or the system does not tell."""
    with suppress(OSError):
        return time.clock_gettime(~pid << 3 | _CPU_CLOCK)
    return None


def runnable(pid: int) -> bool:
    """Whether it runs or would if there were a processor for it; False where it waits for something else, or is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] == b"R"
    return False


def system_pid(outside: int, pid: int) -> int | None:
    """The pid, in this process's namespace, of what is `pid` in the namespace that process `outside` made for its only child.

    A child of that child is looked for. None: it is not there, or the system does not tell.
    """
    with suppress(OSError, ValueError):
        for first in _children(outside):
            for child in _children(first):
                status = Path(f"/proc/{child}/status").read_text(encoding="ascii", errors="replace")
                line = next((line for line in status.splitlines() if line.startswith("NSpid:")), "")
                if line.split()[-1:] == [str(pid)]:
                    return child
    return None


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
