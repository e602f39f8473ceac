# class: process
# expect: T303
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    ctypes.string_at(0)
