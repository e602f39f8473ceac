# class: process
import mmap
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def transformEvent(event, metadata):
    reached = []
    for flags in (mmap.PROT_EXEC | mmap.PROT_READ, mmap.PROT_EXEC | mmap.PROT_WRITE):
        try:
            mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, flags)
            reached.append(int(flags))
        except OSError:
            pass
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE)
    place = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if libc.mprotect(ctypes.c_void_p(place), 4096, 5) == 0:
        reached.append("mprotect")
    return {"BREACHED": reached} if reached else None
