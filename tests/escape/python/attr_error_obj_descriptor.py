# class: attr
class Mine(AttributeError):
    stolen = AttributeError.obj


def transformEvent(event, metadata):
    try:
        ().nothing
    except AttributeError as wrong:
        return {"REACHED": str(Mine.stolen)}
