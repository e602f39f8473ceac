# class: process
import os
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = "aarch64" in sys.implementation._multiarch


def call(x86, arm, *args):
    return libc.syscall(arm if ARM else x86, *args)


def transformEvent(event, metadata):
    me = os.getpid()
    found = [call(234, 131, os.getppid(), os.getppid(), 9), call(200, 130, os.getppid(), 9), call(129, 138, os.getppid(), 9, ctypes.create_string_buffer(128))]
    try:
        descriptor = os.pidfd_open(os.getppid())
        found.append(0)
    except OSError:
        pass
    return {"BREACHED": found} if 0 in found else None
