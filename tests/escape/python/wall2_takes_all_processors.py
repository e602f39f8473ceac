# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for attempt in (lambda: os.nice(-20), lambda: os.setpriority(os.PRIO_PGRP, 0, -20), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))):
        try:
            attempt()
            reached.append("raised")
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
