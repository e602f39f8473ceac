# class: process
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = "aarch64" in sys.implementation._multiarch


def call(x86, arm, *args):
    return libc.syscall(arm if ARM else x86, *args)


def transformEvent(event, metadata):
    made = call(56, 220, 0x11, 0, 0, 0, 0)
    if made == 0:
        libc._exit(0)
    other = call(435, 435, (ctypes.c_uint64 * 8)(), 64)
    return {"BREACHED": [made, other]} if made > 0 or other > 0 else None
