# class: process
# expect: T303
import os


def transformEvent(event, metadata):
    os.abort()
