"""How far a time zone is from UTC. Its data is in memory where the worker is locked, as for all Python in it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

__all__ = ["offset"]

_KNOWN: Final = 1024
_LONGEST: Final = 64
"""Characters of a name: a longer one is none, and is not remembered."""


def offset(name: Any, moment: datetime) -> int | None:
    """The seconds by which the zone of this name is ahead of UTC at a moment. None for what names no zone."""
    zone = _zone(name) if isinstance(name, str) and 0 < len(name) <= _LONGEST else None
    ahead = moment.astimezone(zone).utcoffset() if zone else None
    return None if ahead is None else int(ahead.total_seconds())


@lru_cache(_KNOWN)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None
