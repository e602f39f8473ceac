# class: process
# expect: T301
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    libc.pause()
    while True:
        libc.sleep(1000)
