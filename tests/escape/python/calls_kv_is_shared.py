# class: calls
# walls: language both
def transformEvent(event, metadata):
    kv.get = lambda key: "BREACHED"
    return {"REACHED": "kv was changed"}
