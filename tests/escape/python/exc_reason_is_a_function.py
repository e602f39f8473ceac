# class: exc
def transformEvent(event, metadata):
    raise Drop(metadata)
