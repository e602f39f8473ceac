"""Google Sheets: rows."""

from transformer.mappers.batching import Group
from transformer.mappers.paths import first
from transformer.mappers.values import items, text

_PLACES = ("properties", "traits", "context.traits")
_MOST = 1000


def row(event, call):
    """The cells of an event, by number, and the sheet that they are for."""
    settings = call.settings
    cells = {"0": _cell("messageId", first(event, "messageId"))}
    for rule in items(settings.get("eventKeyMap") or []):
        if rule.get("from") and rule.get("to"):
            cells[str(len(cells))] = _cell(rule["to"], _value(event, text(rule["from"]).strip()))
    return {"batch": {"message": cells}, "spreadSheet": settings["sheetName"], "spreadSheetId": settings["sheetId"]}


def _cell(key, value):
    return {"attributeKey": key, "attributeValue": "" if value is None else value}


def _value(event, path):
    if path.startswith("context."):
        return first(event, path)
    return first(event, *(f"{place}.{path}" for place in _PLACES), path)


def batches(jobs, call):
    """Rows of one sheet, together and in order."""
    groups = []
    for start in range(0, len(jobs), _MOST):
        some = jobs[start : start + _MOST]
        made = some[0].requests[0]
        groups.append(Group(made | {"batch": [job.requests[0]["batch"] for job in some]}, some))
    return groups
