# class: process
# expect: T303 T301 T201
import os


def transformEvent(event, metadata):
    os.close(3)
    return event
