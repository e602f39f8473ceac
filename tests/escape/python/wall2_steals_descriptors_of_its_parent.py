# class: process
# expect: T303 T201
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    got = libc.syscall(438, 3, 0, 0)
    return {"BREACHED": got} if got >= 0 else None
