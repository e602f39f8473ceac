# class: process
# expect: T303 T201
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = "aarch64" in sys.implementation._multiarch


def call(x86, arm, *args):
    return libc.syscall(arm if ARM else x86, *args)


def transformEvent(event, metadata):
    got = call(321, 280, 5, ctypes.create_string_buffer(128), 128)
    return {"BREACHED": got} if got >= 0 else None
