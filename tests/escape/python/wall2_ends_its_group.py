# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for attempt in (lambda: os.killpg(0, 9), lambda: os.killpg(os.getpgid(os.getppid()), 9), lambda: os.setpgid(0, os.getppid())):
        try:
            attempt()
            reached.append("done")
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
