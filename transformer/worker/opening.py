"""Let a native library open one file by a name, in a process that can open none.

wasmtime maps an artefact's pages, instead of copying them, only where it opens the file itself. A worker may not open files;
but its system-call filter can turn the attempt into a signal (SECCOMP_RET_TRAP), and the handler of a signal decides what the
interrupted call returns. Here that is a descriptor which the host has passed, or else EPERM, as for everything that is not
allowed. No file is opened at any time, whoever asks.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["TRAPPED", "install", "offered"]

_REFUSED: Final = -errno.EPERM
_SA_SIGINFO, _SA_NODEFER = 4, 0x40000000
# Where ucontext_t (include/uapi/asm/ucontext.h) keeps the register in which a system call returns.
_RETURNED: Final = {"x86_64": 144, "aarch64": 184}.get(platform.machine(), 0)
TRAPPED: Final = ("open", "openat") if _RETURNED else ()
"""The system calls to trap: none where the processor is of another kind."""


class _Action(ctypes.Structure):
    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ulong * 16),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


_libc = ctypes.CDLL(None, use_errno=True)
_offer = _REFUSED


def _answer(_signal: int, _info: Any, context: int) -> None:
    """In the middle of a call for a file, and therefore safe: the handler runs where the call would."""
    global _offer
    ctypes.c_long.from_address(context + _RETURNED).value, _offer = _offer, _REFUSED


_handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(_answer)


def install() -> bool:
    """Answer calls for files from now on, where the filter traps them. False: not on a processor of this kind."""
    if not _RETURNED:
        return False
    action = _Action(ctypes.cast(_handler, ctypes.c_void_p).value, (ctypes.c_ulong * 16)(), _SA_SIGINFO | _SA_NODEFER)
    done: int = _libc.sigaction(signal.SIGSYS, ctypes.byref(action), None)
    return done == 0


@contextmanager
def offered(descriptor: int) -> Iterator[None]:
    """The first call for a file in the block gets `descriptor`, and owns it; if there is none, it is closed."""
    global _offer  # noqa: PLW0603 - as above
    _offer = descriptor
    try:
        yield
    finally:
        if _offer == descriptor:
            _offer = _REFUSED
            os.close(descriptor)
