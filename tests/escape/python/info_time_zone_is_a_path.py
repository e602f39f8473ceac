# class: info
from zoneinfo import ZoneInfo
from dateutil import tz


def transformEvent(event, metadata):
    found = []
    for name in ("/etc/passwd", "../../../etc/passwd", "/etc/localtime", ":/etc/passwd"):
        found.append(str(tz.gettz(name)))
        try:
            found.append(str(ZoneInfo(name)))
        except Exception as wrong:
            found.append(str(wrong))
    return {"REACHED": found} if any("root:" in text for text in found) else {"found": len(found)}
