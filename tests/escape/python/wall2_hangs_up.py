# class: process
# expect: T201 T301 T303 T304
import os


def transformEvent(event, metadata):
    os.close(3)
    return event
