# class: write
def transformEvent(event, metadata):
    log.count = 1
    Drop.reason = "ESCAPED"
    metadata.x = 1
    return {"REACHED": "an injected object was changed"}
