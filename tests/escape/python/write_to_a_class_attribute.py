# class: write
from dateutil.parser import parserinfo


def transformEvent(event, metadata):
    parserinfo.MONTHS.append(("ESCAPED",))
    return {"REACHED": "a list of the host was changed"}
