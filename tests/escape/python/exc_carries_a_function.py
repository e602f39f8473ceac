# class: exc
def transformEvent(event, metadata):
    raise ValueError(log, metadata, transformEvent)
