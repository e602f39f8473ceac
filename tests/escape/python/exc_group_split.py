# class: exc
def transformEvent(event, metadata):
    try:
        raise ValueError
    except* ValueError as group:
        return {"REACHED": str(group)}
