# class: process
# expect: T303 T301
import os


def transformEvent(event, metadata):
    os.write(3, (2**31 - 1).to_bytes(4, "little") + b"\x01" + b"x" * 1000)
    os.write(3, (2**31 - 1).to_bytes(4, "big") + b"\x01" + b"x" * 1000)
    while True:
        pass
