"""Points in time, as events write them and as destinations want them.

An event's time is a text in ISO 8601 (or nearly so), or a number: seconds since 1970, or milliseconds where it is too large for
those. A text without an offset is in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Any, Final

__all__ = ["date", "iso", "moment", "unix_microseconds", "unix_milliseconds", "unix_seconds"]

_MILLISECONDS_FROM: Final = 100_000_000_000
"""A number from here on is milliseconds: as seconds it would lie beyond the year 5000."""
_KNOWN: Final = 1024
_LONGEST: Final = 64
"""Characters of a time: a longer text is none, and is not remembered as one."""


def moment(value: Any) -> datetime | None:
    """The point in time that the value means, with its offset. None where it means none."""
    if isinstance(value, str):
        return _read(value) if len(value) <= _LONGEST else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)
        except (OverflowError, ValueError, OSError):
            return None
    return None


@lru_cache(_KNOWN)
def _read(value: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        return _read_loosely(value)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _read_loosely(value: str) -> datetime | None:
    from dateutil import parser

    if not any(sign.isdigit() for sign in value):
        return None
    if value.strip().isdecimal():
        return moment(int(value))
    try:
        read: datetime = parser.parse(value)
    except (ValueError, OverflowError, TypeError):
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def iso(value: Any) -> str | None:
    """The time as JavaScript's toISOString writes it: in UTC, with milliseconds and a Z."""
    read = moment(value)
    if read is None:
        return None
    read = read.astimezone(UTC)
    return f"{read:%Y-%m-%dT%H:%M:%S}.{read.microsecond // 1000:03d}Z"


def unix_seconds(value: Any) -> int | None:
    """Whole seconds since 1970."""
    milliseconds = unix_milliseconds(value)
    return None if milliseconds is None else milliseconds // 1000


def unix_milliseconds(value: Any) -> int | None:
    """Whole milliseconds since 1970."""
    if type(value) is str:
        return _milliseconds(value) if len(value) <= _LONGEST else None
    return _of(moment(value))


@lru_cache(_KNOWN)
def _milliseconds(value: str) -> int | None:
    return _of(_read(value))


def _of(read: datetime | None) -> int | None:
    return None if read is None else floor(read.timestamp()) * 1000 + read.microsecond // 1000


def unix_microseconds(value: Any) -> int | None:
    """Microseconds since 1970, of which the last three are 0."""
    milliseconds = unix_milliseconds(value)
    return None if milliseconds is None else milliseconds * 1000


def date(value: Any, pattern: str = "%Y-%m-%d") -> str | None:
    """The time in UTC, written as the pattern says: that of Python's strftime."""
    read = moment(value)
    return None if read is None else read.astimezone(UTC).strftime(pattern)
