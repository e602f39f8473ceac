"""Namespaces and an empty root for the zygote and all its workers, where the system grants them.

Extras, never the wall: many containers refuse them. Each is reported by name, none is required.

The guest imports this file: it may use the standard library only, and little of it (see `__main__`).
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

__all__ = ["die_with_parent", "empty_root", "isolate"]

# include/uapi/linux/sched.h and mount.h
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_RDONLY = 16384, 1 << 18, 2, 4, 8, 1
_PR_SET_PDEATHSIG: Final = 1  # include/uapi/linux/prctl.h
_WITHOUT_USER: Final = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
_NAMES: Final = ["mount_namespace", "uts_namespace", "ipc_namespace", "pid_namespace", "network_namespace"]

_libc = ctypes.CDLL(None, use_errno=True)


def isolate() -> list[str]:
    """Move this process into namespaces of its own, and go on in a child, the first process of the new pid namespace.

    Returns, in the child, the names of what was granted; in this process itself where nothing was. The process that stays
    outside ends when the child does.
    """
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        if _libc.unshare(_WITHOUT_USER) != 0:
            return []
        granted = list(_NAMES)
    else:
        if _libc.unshare(_NEWUSER | _WITHOUT_USER) != 0:
            return []
        granted = ["user_namespace", *_NAMES]
        from pathlib import Path  # root needs none

        try:
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
        except OSError:
            granted.remove("mount_namespace")  # without a map we may not mount; the rest holds
    child = os.fork()
    if child:
        die_with_parent()
        os.closerange(0, 256)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        status = os.waitpid(child, 0)[1]
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    return granted


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends. Forgotten at a fork and at a change of uid."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def empty_root() -> list[str]:
    """Make an empty, read-only directory this process's root. To be called when everything is imported."""
    _libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC | _MS_RDONLY)
    if _libc.mount(b"none", b"/proc", b"tmpfs", flags, b"size=4k") != 0:
        return []
    try:
        os.chroot("/proc")
        os.chdir("/")
    except OSError:
        return []
    return ["empty_root"]
