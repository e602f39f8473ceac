# class: process
import os


def transformEvent(event, metadata):
    try:
        descriptor = os.memfd_create("program")
    except OSError as wrong:
        return {"refused": str(wrong)}
    return {"BREACHED": descriptor}
