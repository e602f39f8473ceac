"""Rows of a table."""

from transformer.mappers.batching import Group
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent, text

_PLACE = ("datasetId", "tableId", "projectId")
_MOST = 500
"""Rows that the API wants in one request."""


def row(event, call):
    """The row, and the table that it goes to."""
    properties = event.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise InstrumentationError("Invalid payload for the destination")
    made = dict(properties)
    key = call.settings.get("insertId")
    known = properties.get(key) if key else None
    if not absent(known):
        made["insertId"] = text(known)
    return {name: call.settings.get(name) for name in _PLACE} | {"properties": made}


def rank(event):
    """Events that become rows are looked at before others."""
    kind = event.get("type") if isinstance(event, dict) else None
    return 0 if isinstance(kind, str) and kind.lower() == "track" else 1


def rows(jobs, call):
    """The rows of many events, for one request."""
    groups = []
    for start in range(0, len(jobs), _MOST):
        part = jobs[start : start + _MOST]
        found = [one["properties"] for job in part for one in job.requests]
        groups.append(Group({name: call.settings.get(name) for name in _PLACE} | {"properties": found}, part))
    return groups
