"""Lock the door before user code enters. No step needs a privilege, and none can be taken back.

The order matters:

 1 death_signal       die with the parent, before anything can go wrong
 2 session            own process group, in the zygote's session: killed by group, no terminal
 3 descriptors        close all but the socket to the host (it becomes descriptor 3), before files cannot be closed any more
 4 environment        nothing in os.environ (the zygote was started with an empty one; checked, not assumed)
 5 unprivileged       started as root: become `nobody`; inside a user namespace: drop its capabilities
 6 limits             rlimits; after the uid, because NPROC counts per uid
 7 undumpable         no core, no ptrace by others of the same uid, /proc/self unreadable; setuid would reset it, so after 5
 8 no_new_privileges  needed by 9 and 10 for a process without privileges
 9 landlock           no path, no TCP port, no signal to the outside; before 10, which forbids its system calls
10 system_calls       the allow-list; last, because it forbids 1-9

Every step is verified from inside, after it was taken, by looking or by trying what it forbids. `lock` returns the names of
the steps that hold; the host decides whether that is enough (`transformer/confinement.py`).

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

__all__ = ["NOBODY", "OWN_PID", "SOCKET", "STEPS", "Policy", "drop_privileges", "lock", "note_data_size"]

SOCKET: Final = 3
"""The descriptor that the socket to the host has after the lockdown."""

NOBODY: Final = 65534

OWN_PID: Final = 0x6F77_6E70
"""Stands in the system-call filter for the pid of the process that locks itself down. No process can have it as a pid."""

STEPS: Final = (
    "death_signal",
    "session",
    "descriptors",
    "environment",
    "unprivileged",
    "limits",
    "undumpable",
    "no_new_privileges",
    "landlock",
    "system_calls",
)

# include/uapi/linux/prctl.h
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 1, 2, 3, 4
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
# include/uapi/linux/landlock.h: all rights that a version of the interface knows
_LANDLOCK_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_LANDLOCK_CREATE_RULESET_VERSION = 1
_CAPABILITY_VERSION_3 = 0x20080522
_INSTRUCTION: Final = struct.Struct("=HBBI")  # include/uapi/linux/filter.h: struct sock_filter


@dataclass(frozen=True, slots=True)
class Policy:
    """What the host wants: the system-call filter (a BPF program), Landlock's system-call numbers, the memory limit."""

    system_calls: bytes
    """OWN_PID in it becomes the pid of the worker."""

    landlock: tuple[int, int]
    """Numbers of landlock_create_ruleset and landlock_restrict_self."""

    memory_bytes: int
    code_pages: bool = False
    """Whether executable memory may be mapped, for an engine that makes machine code."""

    descriptors: int = 0
    """How many it may have beside the socket. None can be opened: the host passes them."""

    skip: frozenset[str] = frozenset()
    """Steps not to take. Only tests use it, to try one wall without the other."""


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, argument: Any = 0) -> int:
    result: int = _libc.prctl(option, argument, 0, 0, 0)
    return result


def _refused(attempt: Callable[[], object], *errors: int) -> bool:
    """Whether `attempt` fails with one of `errors`."""
    try:
        attempt()
    except OSError as wrong:
        return wrong.errno in errors
    return False


def lock(sock: socket.socket, policy: Policy, parent: int) -> list[str]:
    """Take every step, in order, and return the names of those that hold. A step that fails does not stop the others.

    `sock` is closed; its connection is descriptor 3 afterwards. `parent` is the pid that the process must still be a child of.
    Exits the process at once if the parent is gone.
    """
    steps: dict[str, Callable[[], bool]] = {
        "death_signal": lambda: _death_signal(parent),
        "session": _session,
        "descriptors": lambda: _descriptors(sock),
        "environment": lambda: not os.environ,
        "unprivileged": _unprivileged,
        "limits": lambda: _limits(policy.memory_bytes, policy.descriptors),
        "undumpable": _undumpable,
        "no_new_privileges": _no_new_privileges,
        "landlock": lambda: _landlock(policy.landlock),
        "system_calls": lambda: _system_calls(policy.system_calls, code_pages=policy.code_pages),
    }
    if "descriptors" in policy.skip:
        os.dup2(sock.fileno(), SOCKET)
    held = []
    for name in STEPS:
        try:
            if name not in policy.skip and steps[name]():
                held.append(name)
        except (OSError, ValueError, ctypes.ArgumentError):
            continue  # not held: the host reads it from what is missing
    return held


def _death_signal(parent: int) -> bool:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    got = ctypes.c_int()
    _prctl(_PR_GET_PDEATHSIG, ctypes.byref(got))
    return got.value == signal.SIGKILL


def _session() -> bool:
    # Not a session of its own: Linux shares a busy machine out by session (autogroup), and each worker would then get as much
    # of it as the host, which all of them wait for.
    os.setpgid(0, 0)
    return os.getpgid(0) == os.getpid() != os.getsid(0)


def _descriptors(sock: socket.socket) -> bool:
    sys.stdin = sys.stdout = sys.stderr = None
    os.dup2(sock.detach(), SOCKET)
    os.closerange(0, SOCKET)
    os.closerange(SOCKET + 1, _open_max())
    return all(_refused(partial(os.fstat, fd), errno.EBADF) for fd in (*range(SOCKET), *range(SOCKET + 1, 256)))


def _open_max() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft


def drop_privileges() -> None:
    """Become `nobody` if the process is root. The zygote calls it once it has imported what it needs; idempotent."""
    if os.getuid() == 0 and os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _unprivileged() -> bool:
    drop_privileges()
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _libc.capset(header, (ctypes.c_uint32 * 6)())  # inside a user namespace we hold its capabilities: give them up
    held = (ctypes.c_uint32 * 6)(*[1] * 6)
    asked = _libc.capget(header, held)
    return 0 not in (*os.getresuid(), *os.getresgid()) and asked == 0 and not any(held)


def _limits(memory_bytes: int, descriptors: int) -> bool:
    wanted = {
        resource.RLIMIT_DATA: _data_bytes() + memory_bytes,
        resource.RLIMIT_NOFILE: SOCKET + 1 + descriptors,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, value in wanted.items():
        resource.setrlimit(which, (value, value))
    return all(resource.getrlimit(which) == (value, value) for which, value in wanted.items())


_data_at_start = 0


def note_data_size() -> None:
    """Remember how much memory the process holds, as the kernel counts it. For the zygote, which still has files."""
    global _data_at_start  # noqa: PLW0603 - the one fact that a forked worker cannot look up any more
    status = Path("/proc/self/status").read_text(encoding="ascii")
    _data_at_start = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData"))


def _data_bytes() -> int:
    return _data_at_start


def _undumpable() -> bool:
    _prctl(_PR_SET_DUMPABLE, 0)
    return _prctl(_PR_GET_DUMPABLE) == 0


def _no_new_privileges() -> bool:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return _prctl(_PR_GET_NO_NEW_PRIVS) == 1


def _landlock(numbers: tuple[int, int]) -> bool:
    create, restrict = numbers
    version = _libc.syscall(create, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    fs_rights = _LANDLOCK_FS_RIGHTS.get(version, 16)
    attr = _RulesetAttr((1 << fs_rights) - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    # The ruleset takes a descriptor, and there is room for one only while NOFILE is not yet exhausted: it is number 0.
    ruleset = _libc.syscall(create, ctypes.byref(attr), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    done = _libc.syscall(restrict, ruleset, 0)
    os.close(ruleset)
    no_files = _refused(lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY), errno.EACCES)
    no_signals = version < 6 or _refused(lambda: os.kill(os.getppid(), 0), errno.EPERM)
    return done == 0 and no_files and no_signals


def _system_calls(program: bytes, *, code_pages: bool) -> bool:
    if not program:
        return False
    program = b"".join(_instruction(*parts) for parts in _INSTRUCTION.iter_unpack(program))
    head = _FilterProgram(len(program) // _INSTRUCTION.size, program)
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(head), 0, 0) != 0:
        return False
    return all(
        (
            _refused(lambda: os.open("/", os.O_RDONLY), errno.EPERM),
            _refused(socket.socket, errno.EPERM),
            _refused(_fork, errno.EPERM),
            _refused(lambda: os.kill(os.getpid(), 0), errno.EPERM),
            _refused(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS), errno.EPERM),
            code_pages or _refused(lambda: mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC), errno.EPERM),
        )
    )


def _instruction(code: int, then: int, otherwise: int, operand: int) -> bytes:
    return _INSTRUCTION.pack(code, then, otherwise, os.getpid() if operand == OWN_PID else operand)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
