"""What a process must be confined by that user code or user data might take over, and the means that the host hands to it.

The host computes the system-call filter with libseccomp, which knows the numbers of every architecture, and passes the
finished program on: the process needs no library for it. Everything that is not listed fails with EPERM; what only an attacker
would call kills the process.
"""

from __future__ import annotations

import base64
import errno
import signal
import sys
import tempfile
from collections.abc import Iterable
from typing import Any, Final

from transformer.errors import Code, PlatformError
from transformer.worker.lockdown import OWN_PID, STEPS

__all__ = ["REQUIRED", "confinement", "missing_steps", "refuse"]

REQUIRED: Final = {"strict": frozenset(STEPS), "development": frozenset[str]()}
"""Steps that must be verified, per profile."""

# What CPython needs to run code that is loaded, to read and write one socket, to grow and give back memory, and to end.
_ALLOWED: Final = (
    "read", "readv", "write", "writev", "close", "lseek", "fstat", "poll", "ppoll",
    "brk", "munmap", "mremap", "madvise", "futex", "sched_yield", "sched_getaffinity",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "times",
    "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "getrandom",
    "exit", "exit_group",
)  # fmt: skip

# Harmless mistakes get EPERM and a Python exception; these have no innocent use in a worker.
_DEADLY: Final = (
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "bpf", "io_uring_setup", "userfaultfd", "keyctl",
    "kexec_load", "init_module", "finit_module", "mount", "unshare", "setns", "add_key", "perf_event_open", "pidfd_getfd",
)  # fmt: skip

_ABORT: Final = "tgkill"
# Told to be unknown to this kernel, since libraries then do without: wasmtime, of pages that instances could share.
_ABSENT: Final = ("memfd_create",)

_PROT_EXEC: Final = 4
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_GROWSDOWN = 0x01, 0x20, 0x100  # include/uapi/asm-generic/mman-common.h
_COUNTED: Final = (_MAP_SHARED | _MAP_GROWSDOWN, _MAP_ANONYMOUS | _MAP_GROWSDOWN)
"""Flags that a mapping must be without, all of one or all of the other: the limit of a process's data counts neither shared
memory nor what is called a stack, so memory is to be private, and what is shared is to be a descriptor that the host gave."""


def confinement(system_calls: Iterable[str] = (), *, code_pages: bool = False, trapped: Iterable[str] = ()) -> dict[str, Any]:
    """The filter and Landlock's system-call numbers, as a `Policy` takes them, for JSON; empty where there are none.

    Beside what CPython needs it allows these `system_calls`, and to map executable memory if `code_pages` says so. Those that
    are `trapped` are not carried out, but raise SIGSYS.
    """
    if sys.platform != "linux":
        return {"system_calls": "", "landlock": (-1, -1), "code_pages": code_pages}
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError):  # the binding without the library: RuntimeError
        return {"system_calls": "", "landlock": (-1, -1), "code_pages": code_pages}
    filter_ = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))  # EPERM
    own = set(system_calls)
    if _ABORT in own:
        # To itself only, and the one signal by which it may end anyway: without it an abort ends as a crash.
        to_itself = (pyseccomp.Arg(0, pyseccomp.EQ, OWN_PID), pyseccomp.Arg(2, pyseccomp.EQ, int(signal.SIGABRT)))
        filter_.add_rule(pyseccomp.ALLOW, _ABORT, *to_itself)
    may_run = [] if code_pages else [pyseccomp.Arg(2, pyseccomp.MASKED_EQ, _PROT_EXEC, 0)]
    filter_.add_rule(pyseccomp.ALLOW, "mprotect", *may_run)
    for flags in _COUNTED:
        filter_.add_rule(pyseccomp.ALLOW, "mmap", *may_run, pyseccomp.Arg(3, pyseccomp.MASKED_EQ, flags, 0))
    answers = {
        **dict.fromkeys((*_ALLOWED, *sorted(own - {_ABORT})), pyseccomp.ALLOW),
        **dict.fromkeys(_DEADLY, pyseccomp.KILL_PROCESS),
        **dict.fromkeys(_ABSENT, pyseccomp.ERRNO(errno.ENOSYS)),
        **dict.fromkeys(trapped, pyseccomp.TRAP),
    }
    for name, answer in answers.items():
        if pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) >= 0:  # arm64 has no `time`, `poll`, `open`
            filter_.add_rule(answer, name)
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        program = file.read()
    numbers = [
        pyseccomp.resolve_syscall(pyseccomp.system_arch(), f"landlock_{name}") for name in ("create_ruleset", "restrict_self")
    ]
    return {"system_calls": base64.b64encode(program).decode(), "landlock": numbers, "code_pages": code_pages}


def missing_steps(held: Iterable[str], profile: str) -> list[str]:
    """The steps that `profile` requires and a process did not verify, in the order of the lockdown."""
    return [step for step in STEPS if step in REQUIRED[profile] and step not in held]


def refuse(missing: list[str], what: str = "workers") -> PlatformError:
    """The error for a process that is not confined enough."""
    told = f"this system cannot confine {what}: {', '.join(missing)} not in force"
    if "system_calls" in missing:
        told += "; system_calls needs libseccomp (Debian: libseccomp2)"
    if "landlock" in missing:
        told += "; landlock needs Linux 5.13 or newer with Landlock enabled"
    return PlatformError(Code.INTERNAL, f"{told}. For development only, choose --profile development")
