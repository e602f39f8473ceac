# class: process
# Neither shared memory nor a stack is data of the process, which is what its limit counts.
import mmap

MANY = 2**28
GROWS_DOWN = 0x100


def transformEvent(event, metadata):
    reached = []
    for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE | GROWS_DOWN, mmap.MAP_SHARED | GROWS_DOWN):
        try:
            mmap.mmap(-1, MANY, flags | mmap.MAP_ANONYMOUS)
            reached.append(flags)
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
