"""Makes an event what the plan asks for, where the plan's options say so: `coerceTypes` and `removeAdditional`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import jsonschema_rs as rs

from transformer.mappers.values import text

__all__ = ["mended"]

_MISSING: Final = object()
_SHORT: Final = 64
"""So many characters a number may have as text."""


def mended(event: dict[str, Any], errors: Sequence[rs.ValidationError], *, coerce: bool, remove: bool) -> bool:
    """Whether something of the event was changed, in place: types of scalars, properties that are too much."""
    changed = False
    for error in errors:
        keyword = error.kind.name
        if coerce and keyword == "type" and error.instance_path:
            *path, last = error.instance_path
            holder = _at(event, path)
            value = _coerced(_item(holder, last), error.kind.as_dict()["types"])
            if value is not _MISSING:
                holder[last] = value
                changed = True
        elif remove and keyword == "additionalProperties":
            holder = _at(event, error.instance_path)
            for name in error.kind.as_dict()["unexpected"]:
                if isinstance(holder, dict) and holder.pop(name, _MISSING) is not _MISSING:
                    changed = True
    return changed


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        value = _item(value, step)
    return value


def _item(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(step, _MISSING)
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return _MISSING


def _coerced(value: Any, types: Sequence[str]) -> Any:
    """The value as one of these types, the first that it can be, or _MISSING. Scalars only."""
    for kind in types:
        made = _as(value, kind)
        if made is not _MISSING:
            return made
    return _MISSING


def _as(value: Any, kind: str) -> Any:
    made = _MISSING
    if kind == "string" and (value is None or isinstance(value, (bool, int, float))):
        made = "" if value is None else text(value)
    elif kind in {"number", "integer"}:
        made = _number(value, whole=kind == "integer")
    elif kind == "boolean":
        made = _truth(value)
    elif kind == "null" and isinstance(value, (str, int, float)) and not value:
        made = None
    return made


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value, _MISSING)
    return bool(value) if value is None or (isinstance(value, (int, float)) and value in {0, 1}) else _MISSING


def _number(value: Any, *, whole: bool) -> Any:
    if isinstance(value, bool) or value is None:
        return int(bool(value))
    if not isinstance(value, str) or len(value) > _SHORT:
        return _MISSING
    try:
        number = float(value)
    except ValueError:
        return _MISSING
    if not math.isfinite(number) or "_" in value:
        return _MISSING
    if number.is_integer():
        return int(number)
    return _MISSING if whole else number
