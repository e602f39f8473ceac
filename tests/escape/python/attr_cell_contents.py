# class: attr
def transformEvent(event, metadata):
    x = 1
    return {"REACHED": (lambda: x).__closure__[0].cell_contents}
