# class: process
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    base = ctypes.addressof(ctypes.c_char_p.in_dll(libc, "environ"))
    block = ctypes.c_void_p.in_dll(libc, "__libc_stack_end").value
    raw = ctypes.string_at(block, 2048)
    return {"found": [word.decode("latin-1") for word in raw.split(b"\0") if b"canary" in word or b"TRANSFORMER_" in word]}
