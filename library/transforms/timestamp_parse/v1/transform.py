"""Reads times in whatever form they come, and writes them in one."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import parser
from library.paths.v1 import finders, leaves, remove, settle

_NUMBER = re.compile(r"\s*-?\d{1,20}(?:\.\d+)?\s*", re.ASCII)
_HAS_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|2[01])\d\d(?!\d{3})", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_OF_JANUARY = datetime(2000, 1, 1)
_OFFSETS = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_OFFSETS |= {"CET": 1, "CEST": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "BST": 1, "MSK": 3, "JST": 9}
_MICROSECONDS = {"seconds": 1_000_000, "milliseconds": 1000, "microseconds": 1}
_PARTS = {
    "year": lambda when: when.year,
    "month": lambda when: when.month,
    "day": lambda when: when.day,
    "hour": lambda when: when.hour,
    "minute": lambda when: when.minute,
    "weekday": lambda when: when.strftime("%A"),
    "week": lambda when: when.isocalendar()[1],
}
_LONGEST = 100


def read(value: Any, formats: Any = (), zone: tzinfo = UTC, day_first: bool = False) -> datetime:
    """The moment that a value means: seconds to nanoseconds since 1970 by their size, or text; without a zone, in `zone`.

    Raises:
        ValueError: it means none, or too many.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("a value is no time")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError("a text is too long for a time")
    if isinstance(value, str):
        for each in formats:
            try:
                return _placed(datetime.strptime(value.strip(), each), zone)
            except ValueError:
                continue
        if not _NUMBER.fullmatch(value):
            return _text(value, zone, day_first)
        value = float(value) if "." in value else int(value)
    try:
        size = abs(value)
        if size < 100_000_000_000:
            return _START + timedelta(microseconds=round(value * 1_000_000))
        if size < 100_000_000_000_000:
            return _START + timedelta(microseconds=round(value * 1000))
        if size < 100_000_000_000_000_000:
            return _START + timedelta(microseconds=round(value))
        return _START + timedelta(microseconds=math.floor(value / 1000) if isinstance(value, float) else value // 1000)
    except OverflowError:
        raise ValueError("a number is too large for a time") from None


def _text(value: str, zone: tzinfo, day_first: bool) -> datetime:
    text = value.strip()
    try:
        return _placed(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    if not _HAS_YEAR.search(text):
        raise ValueError("a text has no year")
    try:
        return _placed(parser.parse(text, dayfirst=day_first, default=_FIRST_OF_JANUARY, tzinfos=_offset), zone)
    except (ValueError, OverflowError, TypeError):
        raise ValueError("a text is no time") from None


def _offset(name: str | None, seconds: int | None) -> Any:
    if seconds is not None or name is None:
        return seconds
    if name in _OFFSETS:
        return 3600 * _OFFSETS[name]
    raise ValueError("a time zone is not known")


def _placed(when: datetime, zone: tzinfo) -> datetime:
    try:
        return (when.replace(tzinfo=zone) if when.tzinfo is None else when).astimezone(UTC)
    except OverflowError:
        raise ValueError("a time is out of range") from None


def written(when: datetime, style: str) -> Any:
    """The moment as iso, date, seconds, milliseconds or microseconds."""
    if style == "iso":
        return when.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if style == "date":
        return when.date().isoformat()
    return (when - _START) // timedelta(microseconds=1) // _MICROSECONDS[style]


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except Exception:
        raise ValueError(f"parameters.timezone: there is no time zone {name!r}") from None


_find = finders(parameters.get("fields", []))
_here = _zone(parameters["timezone"])
_how = {"formats": parameters["formats"], "zone": _here, "day_first": parameters["day_first"]}
_style, _on_error, _parts = parameters["output"], parameters["on_error"], parameters["parts"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Rewrite the fields."""
    lost = []
    for container, key in leaves(_find(event)):
        value = container[key]
        if value is None or value == "":
            continue
        try:
            when = read(value, **_how)
        except ValueError:
            if settle(container, key, _on_error, "is no time"):
                lost.append((container, key))
            continue
        if _style != "keep":
            container[key] = written(when, _style)
        if isinstance(container, dict):
            for part in _parts:
                container[f"{key}_{part}"] = _PARTS[part](when.astimezone(_here))
    remove(lost)
    return event
