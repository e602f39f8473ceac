# class: builtins
def transformEvent(event, metadata):
    return {"REACHED": str(memoryview(b"x").obj)}
