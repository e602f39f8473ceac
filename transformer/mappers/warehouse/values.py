"""Types of columns, from the values in events, and values as rows have them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

__all__ = ["as_text", "instant", "is_blank", "is_spelled_out", "typed"]

_INSTANT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[zZ]|[+-]\d{2}(?::?\d{2})?)?)?", re.ASCII
)
_USUAL_LENGTH: Final = len("2020-01-24T06:29:02.364Z")


def instant(text: str) -> str | None:
    """The instant that a text says, in UTC with milliseconds; None for a text that says none, or one that never was.

    A text without a zone is taken for UTC.
    """
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    if len(text) == _USUAL_LENGTH and text[10] == "T" and text[19] == "." and text[23] == "Z":
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return None
        return text
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        when = datetime.fromisoformat(text.upper())
        when = when.astimezone(UTC) if when.tzinfo is not None else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return f"{when.isoformat(timespec='milliseconds')[:-6]}Z"


def is_blank(value: object) -> bool:
    """Whether a value says nothing: null, and texts, objects and lists with nothing in them."""
    if value is None or value == "":
        return True
    if isinstance(value, dict):
        return not value
    if isinstance(value, list):
        return not value or (len(value) == 1 and not isinstance(value[0], dict) and is_blank(value[0]))
    return False


def typed(value: Any) -> tuple[str, Any]:
    """The type of the column that holds a value which is not blank, and the value as the row has it."""
    kind = type(value)
    if kind is str:
        if "0" <= value < ":" and (when := instant(value)) is not None:
            return "datetime", when
        return "string", value
    if kind is bool:
        return "boolean", value
    if kind is int:
        return "int", value
    if kind is float:
        return ("int", int(value)) if value.is_integer() else ("float", value)
    return "string", value


def as_text(value: object) -> str:
    """A value as JSON text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers that 64 bits do not hold
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_spelled_out(thing: dict[str, Any]) -> bool:
    """Whether an object is a text that something spread into its characters: `{"0": "a", "1": "b"}`, from 0 or 1 on."""
    first = 0 if "0" in thing else 1
    return bool(thing) and all(
        type(character := thing.get(str(place))) is str and len(character) == 1 for place in range(first, first + len(thing))
    )
