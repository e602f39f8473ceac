# class: process
# expect: T301 T302 T303
import ctypes

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]


def transformEvent(event, metadata):
    kept = []
    while True:
        place = libc.malloc(50_000_000)
        if not place:
            return {"held": len(kept)}
        libc.memset(ctypes.c_void_p(place), 1, 50_000_000)
        kept.append(place)
        if len(kept) > 40:
            return {"BREACHED": "2 GB"}
