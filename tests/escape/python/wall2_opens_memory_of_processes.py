# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for pid in ("self", os.getppid(), 1):
        try:
            reached.append(str(os.open(f"/proc/{pid}/mem", os.O_RDWR)))
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
