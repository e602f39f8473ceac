"""Who an event is of, and when it happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from library.digest.v1 import number_text
from library.paths.v1 import finder_list

_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_ISO = re.compile(
    r"(?!00)\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def person_finder(paths: list[str], name: str = "user") -> Callable[[Any], str]:
    """A function that gives the text of the first value that the paths find in an event; "" where none does: it is of nobody.

    Numbers count by their text, so 5 and "5" are one person; null, empty text, true, objects and lists are nobody.

    Raises:
        ValueError: one of them is no path; the message names the parameter and its index.
    """
    finds = finder_list(paths, name)

    def find_person(event: Any) -> str:
        for find in finds:
            for container, key in find(event):
                value = container[key]
                if isinstance(value, str):
                    if value:
                        return value
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    return number_text(value)
        return ""

    return find_person


def person(event: Any, paths: list[str]) -> str:
    """What `person_finder` makes of the paths, for one event."""
    return person_finder(paths)(event)


def milliseconds(event: Any) -> int | None:
    """When the event happened, in milliseconds since 1970; None where it does not say so.

    First counts `timestamp`, which data planes correct where the clock of a device is wrong.
    """
    for field in _TIMES:
        told = event.get(field)
        if isinstance(told, str) and _ISO.fullmatch(told):
            try:
                when = datetime.fromisoformat(told)
            except ValueError:
                continue
            return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - _START) // timedelta(milliseconds=1)
    return None
