# class: mem
# expect: T301 T302
def transformEvent(event, metadata):
    kept = []
    while True:
        try:
            while True:
                kept.append(bytearray(1_000_000))
        except MemoryError:
            pass
