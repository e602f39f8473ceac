"""Adds columns of a reference table, found by a key in the event."""

from __future__ import annotations

import copy
from typing import Any

from library.paths.v1 import get, reader, writer

_table, _missing = parameters.get("table", ""), parameters["missing"]
_key = reader(parameters.get("key") or "messageId")
_columns = [(column, path, writer(path)) for column, path in parameters["columns"].items()]
_target, _write = parameters["target"], writer(parameters["target"])
_overwrite, _defaults = parameters["overwrite"], parameters["defaults"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Join the row."""
    key = _key(event)
    if key is None or key == "" or isinstance(key, (dict, list)):
        return event
    row = lookup(_table, key)
    if row is None:
        if _missing == "drop":
            raise Drop("the key is in no row of the table")
        if _missing == "fail":
            raise Invalid(f"the key is in no row of the table {_table}")
        row = copy.deepcopy(dict(_defaults))
    if not _columns:
        known = get(event, _target)
        kept = known if isinstance(known, dict) else {}
        joined = {**kept, **row} if _overwrite else {**row, **kept}
        if joined:
            _write(event, joined)
    for column, path, write in _columns:
        if column in row and (_overwrite or get(event, path) is None):
            write(event, row[column])
    return event
