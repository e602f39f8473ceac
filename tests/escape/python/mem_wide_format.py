# class: mem
# expect: T201 T302
def transformEvent(event, metadata):
    return {"n": len(f"{1:{10**10}}")}
