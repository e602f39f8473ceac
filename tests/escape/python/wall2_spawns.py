# class: process
import os


def transformEvent(event, metadata):
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "echo BREACHED > /tmp/transformer-wall2"], {})
    return {"BREACHED": pid}
