# class: meta
def transformEvent(event, metadata):
    return {"REACHED": str(type(log)(None, {}))}
