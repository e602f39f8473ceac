# class: process
import gc
import sys


def transformEvent(event, metadata):
    for thing in gc.get_objects():
        if isinstance(thing, memoryview) and thing.format == "I" and not thing.readonly:
            thing[0] = 2**32 - 5
    for name, value in list(sys._getframe(1).f_locals.items()):
        if isinstance(value, memoryview) and not value.readonly:
            try:
                value[0] = 12345
            except (TypeError, ValueError):
                pass
    while True:
        pass
