# class: process
# expect: T303 T201
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    return {"BREACHED": "traced"} if libc.ptrace(0, 0, 0, 0) == 0 else None
