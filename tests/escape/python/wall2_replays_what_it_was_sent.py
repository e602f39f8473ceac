# class: process
# expect: T303 T301
import os


def transformEvent(event, metadata):
    while True:
        os.write(3, bytes(range(256)) * 16)
