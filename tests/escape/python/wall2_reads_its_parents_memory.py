# class: process
# expect: T303 T201
import os
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    class Part(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    
    
    buffer = ctypes.create_string_buffer(4096)
    here = Part(ctypes.addressof(buffer), 4096)
    there = Part(id(buffer) & ~4095, 4096)
    got = libc.process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return {"BREACHED": f"{got} bytes"} if got > 0 else None
