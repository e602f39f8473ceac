# class: stack
# expect: T205
def transformEvent(event, metadata):
    x = event
    for _ in range(100_000):
        x = {"x": x}
    return x
