# class: process
# expect: T303 T201
import os
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    return {"BREACHED": "attached"} if libc.ptrace(16, os.getppid(), 0, 0) == 0 else None
