"""Time zones from memory: the worker has no files, and both zoneinfo and dateutil would look for some.

The data of the tzdata package is read once, before the lockdown, equal zones kept once; every process shares it with its
zygote.
"""

from __future__ import annotations

import functools
import io
import sys
import zoneinfo
from collections.abc import Callable
from importlib import resources
from typing import Any

from dateutil import tz

__all__ = ["install_zones"]

_MOST_CACHED = 64


def read_zones() -> dict[str, bytes]:
    """Every zone of the tzdata package, by name."""
    root = resources.files("tzdata")
    kept: dict[bytes, bytes] = {}
    zones = {}
    for name in root.joinpath("zones").read_text("utf-8").split():
        data = root.joinpath("zoneinfo", *name.split("/")).read_bytes()
        zones[name] = kept.setdefault(data, data)
    return zones


def install_zones() -> dict[str, bytes]:
    """Make `zoneinfo` answer from memory alone, in this process. Returns the zones."""
    zones = read_zones()

    def load(key: str) -> io.BytesIO:
        try:
            return io.BytesIO(zones[key])
        except KeyError:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}") from None

    zoneinfo.reset_tzpath(())
    vars(sys.modules["zoneinfo._common"])["load_tzdata"] = load
    gettz = _make_gettz(zones)
    for module in ("dateutil.tz", "dateutil.tz.tz"):  # rrulestr looks a TZID up there, and would open a path that it names
        vars(sys.modules[module])["gettz"] = gettz
    return zones


def _make_gettz(zones: dict[str, bytes]) -> Callable[[str | None], Any]:
    """`dateutil.tz.gettz` over these zones: a tzinfo, or None for a name that nobody knows."""

    @functools.lru_cache(maxsize=_MOST_CACHED)
    def find(name: str) -> Any:
        data = zones.get(name)
        if data is not None:
            return tz.UTC if name in {"UTC", "Etc/UTC"} else tz.tzfile(io.BytesIO(data), filename=name)
        if name in {"GMT", "UTC"}:
            return tz.UTC
        try:
            return tz.tzstr(name) if any(each in "0123456789" for each in name) else None
        except (ValueError, TypeError):
            return None

    def gettz(name: str | None = None) -> Any:
        """The time zone of this name."""
        return find(str(name)) if name else tz.UTC

    return gettz
