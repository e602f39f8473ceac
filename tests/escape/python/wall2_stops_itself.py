# class: process
import os
import signal


def transformEvent(event, metadata):
    reached = []
    for number in (signal.SIGSTOP, signal.SIGTSTP):
        try:
            os.kill(os.getpid(), number)
            reached.append(int(number))
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
