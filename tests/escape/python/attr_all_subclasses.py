# class: attr
def transformEvent(event, metadata):
    return {"REACHED": [str(each) for each in object.__subclasses__()]}
