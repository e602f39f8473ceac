# class: process
import ctypes
import os

libc = ctypes.CDLL(None)


def transformEvent(event, metadata):
    for attempt in (os.fork, os.forkpty, libc.fork, libc.vfork):
        try:
            child = attempt()
        except OSError:
            continue
        if child == 0:
            while True:
                pass
        if child != -1:
            return {"BREACHED": f"{attempt}: {child}"}
