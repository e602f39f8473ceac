# class: process
# expect: T303
import sys


def transformEvent(event, metadata):
    outbox = sys._getframe(1).f_locals.get("outbox")
    for i in range(100):
        outbox.emit(i, [b'{"stranger": 1}'])
    outbox.flush()
    return {}
