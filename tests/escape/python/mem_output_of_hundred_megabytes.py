# class: mem
# expect: T301 T302 T303 T304
def transformEvent(event, metadata):
    return {"x": ["y" * 1000] * 100_000}
