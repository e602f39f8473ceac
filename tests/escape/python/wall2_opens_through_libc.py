# class: process
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = "aarch64" in sys.implementation._multiarch


def call(x86, arm, *args):
    return libc.syscall(arm if ARM else x86, *args)


def transformEvent(event, metadata):
    reached = []
    for path in (event["canary"].encode(), b"/etc/passwd", b"."):
        for found in (libc.open(path, 0), libc.openat(-100, path, 0), call(437, 437, -100, path, (ctypes.c_uint64 * 3)(), 24), libc.creat(path, 0o600)):
            if found >= 0:
                reached.append([path.decode(), found])
    return {"BREACHED": reached} if reached else None
