# class: calls
# walls: language both
def transformEvent(event, metadata):
    kv.get.__globals__["x"] = 1
    return {"REACHED": str(kv.get.__globals__)}
