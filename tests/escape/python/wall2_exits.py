# class: process
# expect: T303
import os


def transformEvent(event, metadata):
    os._exit(0)
