"""Types of columns, from the values in events, and values as rows have them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

__all__ = ["LARGEST", "SMALLEST", "Clock", "as_text", "instant", "is_blank", "is_spelled_out", "number", "typed"]

_INSTANT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[zZ]|[+-]\d{2}(?::?\d{2})?)?)?", re.ASCII
)
LARGEST: Final = 2**63 - 1
SMALLEST: Final = -LARGEST
"""The whole numbers that columns hold are between these."""
_USUAL: Final = len("2020-01-24T06:29:02.364Z")
_WITH_ZONE: Final = len("2020-01-24T06:29:02.364+05:30")
_ZONES: Final[dict[str, timedelta]] = {}  # how far `+05:30` and all others are from UTC, once they were seen
_SEEN: Final[dict[str, str | None]] = {}  # events of one request share instants, and rows of one event do
_MOST_SEEN: Final = 1024
_LONGEST: Final = 64  # characters of a text that says an instant: others are not worth a look


def instant(text: str) -> str | None:
    """The instant that a text says, in UTC with milliseconds; None for a text that says none, or one that never was.

    A text without a zone is taken for UTC.
    """
    length = len(text)
    if length == _USUAL and text[23] == "Z" and text[19] == "." and text[10] == "T" and text[7] == "-":
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return None
        return text
    if length > _LONGEST:
        return None
    when = _SEEN.get(text, "")
    if when == "":
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        when = _SEEN[text] = _in_utc(text)
    return when


def _in_utc(text: str) -> str | None:
    offset = _ZONES.get(text[23:])
    if offset is None or text[10] != "T" or text[19] != "." or text[7] != "-":
        return _any_instant(text)
    try:
        return f"{(datetime.fromisoformat(text[:23]) - offset).isoformat()[:19]}{text[19:23]}Z"
    except (ValueError, OverflowError):
        return None


def _any_instant(text: str) -> str | None:
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        when = datetime.fromisoformat(text.upper())
        offset = when.utcoffset() or timedelta(0)
        when = when.replace(tzinfo=None) - offset
    except (ValueError, OverflowError):
        return None
    if len(text) == _WITH_ZONE and text[19] == ".":
        _ZONES[text[23:]] = offset
    return f"{when.isoformat(timespec='milliseconds')}Z"


class Clock:
    """Tells what time it is, as rows have it. Only the first call in a second spells it all out."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._second = -1
        self._spelled = ""

    def now(self) -> str:
        """The instant, in UTC with milliseconds."""
        time = self._time()
        second = int(time)
        if second != self._second:
            self._second = second
            self._spelled = datetime.fromtimestamp(second, UTC).isoformat()[:19]
        return f"{self._spelled}.{int((time - second) * 1000):03d}Z"


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
        if value[4:5] == "-" and value < ":" and (when := instant(value)) is not None:
            return "datetime", when
        return "string", value
    if kind is bool:
        return "boolean", value
    if kind is int or kind is float:
        return number(value)
    return "string", value


def number(value: float) -> tuple[str, int | float | str]:
    """The type of the column of a number, and the number as the row has it. Whole ones must fit into 64 bits."""
    if type(value) is float and not value.is_integer():
        return "float", value
    if SMALLEST <= value <= LARGEST:
        return "int", int(value)
    try:
        return "float", float(value)
    except OverflowError:
        return "string", str(value)


def as_text(value: object) -> str:
    """A value as JSON text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers that 64 bits do not hold
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_spelled_out(thing: dict[str, Any]) -> bool:
    """Whether an object is a text that something spread into its characters: `{"0": "a", "1": "b"}`, from 0 or 1 on."""
    first = 0 if "0" in thing else 1
    return str(first) in thing and all(
        type(character := thing.get(str(place))) is str and len(character) == 1 for place in range(first, first + len(thing))
    )
