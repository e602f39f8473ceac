# class: process
# expect: T303 T201
import os
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    got = libc.process_vm_writev(os.getppid(), None, 0, None, 0, 0)
    return {"BREACHED": "allowed"} if got == 0 else None
