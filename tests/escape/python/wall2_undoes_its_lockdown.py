# class: process
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    reached = [name for name, args in (("dumpable", (4, 1)), ("death signal", (1, 0)), ("seccomp off", (22, 0)), ("capabilities", (24, 0)), ("ambient", (47, 2, 0)))
               if libc.prctl(*args, 0, 0) == 0]
    return {"BREACHED": reached} if reached else None
