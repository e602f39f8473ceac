# class: info
from dateutil.rrule import rrulestr


def transformEvent(event, metadata):
    rule = rrulestr(f"DTSTART;TZID={event['canary']}:20240101T000000\nRRULE:FREQ=DAILY;COUNT=1")
    return {"returned": str(list(rule))}
