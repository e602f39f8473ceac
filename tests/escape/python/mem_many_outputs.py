# class: mem
# expect: T302 T304 T301
def transformEvent(event, metadata):
    return [event] * 10_000_000
