# class: import
from dateutil import zoneinfo


def transformEvent(event, metadata):
    return {"REACHED": str(zoneinfo)}
