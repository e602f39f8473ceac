# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.seteuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.setsid()):
        try:
            attempt()
            reached.append("changed")
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
