# class: calls
# walls: language both
def transformEvent(event, metadata):
    return {"REACHED": str(fetch.__closure__[0].cell_contents)}
