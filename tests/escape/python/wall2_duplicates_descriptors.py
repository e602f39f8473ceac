# class: process
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = "aarch64" in sys.implementation._multiarch


def call(x86, arm, *args):
    return libc.syscall(arm if ARM else x86, *args)


def transformEvent(event, metadata):
    got = call(292, 24, 3, 100, 0)
    return {"BREACHED": got} if got >= 0 else None
