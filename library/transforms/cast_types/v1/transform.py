"""Casts values to the types that they should have."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from library.digest.v1 import text_of, trimmed
from library.paths.v1 import finder, remove, settle

_INTEGER = re.compile(r"([+-]?\d{1,400})(?:\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "on", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "off", "f", "0"), False),
}
_SAFE = 2**53


def cast(value: Any, kind: str) -> Any:
    """The value as string, integer, number, boolean, list or json; null stays.

    Raises:
        ValueError: it cannot be cast without a guess.
    """
    if value is None:
        return None
    return _CASTS[kind](value)


def _no(kind: str) -> ValueError:
    return ValueError(f"a value is no {kind}")


def _string(value: Any) -> str:
    return text_of(value)


def _whole(value: float) -> float | int:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _SAFE else value


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        found = _INTEGER.fullmatch(trimmed(value))
        value = int(found.group(1)) if found else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or abs(value) >= _SAFE:
        raise _no("integer")
    return value


def _number(value: Any) -> float | int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(trimmed(value)):
        value = float(trimmed(value))
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _no("number")
    return _whole(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = trimmed(text_of(value)).lower() if isinstance(value, (str, int, float)) else ""
    if word not in _WORDS:
        raise _no("boolean")
    return _WORDS[word]


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [trimmed(part) for part in value.split(",") if trimmed(part)]
    return [value]


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise _no("JSON") from None


def _refused(name: str) -> Any:
    raise ValueError(name)


_CASTS = {"string": _string, "integer": _integer, "number": _number, "boolean": _boolean, "list": _list, "json": _json}


def _rules() -> list[tuple[Any, str]]:
    made = []
    for path, kind in parameters.get("fields", {}).items():
        try:
            made.append((finder(path), kind))
        except ValueError as wrong:
            raise ValueError(f"parameters.fields.{path}: {wrong}") from None
    return made


_fields = _rules()
_on_error = parameters["on_error"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Cast the fields."""
    lost = []
    for find, kind in _fields:
        for container, key in find(event):
            try:
                container[key] = cast(container[key], kind)
            except ValueError:
                if settle(container, key, _on_error, f"is no {kind}"):
                    lost.append((container, key))
    remove(lost)
    return event
