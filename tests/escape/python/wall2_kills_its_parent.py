# class: process
import os
import signal


def transformEvent(event, metadata):
    reached = []
    for pid in (os.getppid(), 1, -1, 0, -os.getppid()):
        for number in (0, signal.SIGKILL, signal.SIGSTOP):
            try:
                os.kill(pid, number)
                reached.append([pid, int(number)])
            except OSError:
                pass
    return {"BREACHED": reached} if reached else None
