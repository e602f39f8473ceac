# class: process
# expect: T303 T201
import os


def transformEvent(event, metadata):
    os.execv("/bin/sh", ["sh", "-c", "echo BREACHED"])
