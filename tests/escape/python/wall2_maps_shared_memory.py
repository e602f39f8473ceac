# class: process
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    reached = [name for name, got in (("shmget", libc.shmget(0, 4096, 0o1600)), ("msgget", libc.msgget(0, 0o1600)), ("semget", libc.semget(0, 1, 0o1600)),
                                      ("shm_open", libc.shm_open(b"/transformer-wall2", 0o102, 0o600))) if got >= 0]
    return {"BREACHED": reached} if reached else None
