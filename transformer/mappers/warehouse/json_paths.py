"""JSON paths: which parts of an event are stored as JSON, whole, instead of a column for each value in them.

A path begins with the event's type and the part of it: `track.properties.cart`, `identify.context.traits.plan`. One that does
not is of the older kind and is looked for in the properties of track events: `cart.items`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["paths_for"]

_TYPES: Final = frozenset({"track", "identify", "page", "screen", "group", "alias", "extract"})
_OLDER_KIND: Final = ("properties", "userProperties")


def paths_for(event_type: str, json_paths: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """The paths that count for events of a type, as keys from the event down."""
    found = set()
    for path in json_paths:
        keys = tuple(path.split("."))
        if keys[0] in _TYPES and len(keys) > 1:
            if keys[0] == event_type:
                found.add(keys[1:])
        elif event_type == "track":
            found.update((part, *keys) for part in _OLDER_KIND)
    return frozenset(found)
