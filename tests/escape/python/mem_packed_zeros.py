# class: mem
# expect: T302
import struct


def transformEvent(event, metadata):
    return {"n": len(struct.pack(f"{2**33}x"))}
