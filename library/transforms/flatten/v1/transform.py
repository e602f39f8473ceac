"""Flattens nested objects into one level: `{"a": {"b": 1}}` becomes `{"a_b": 1}`."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import text_of
from library.paths.v1 import finders


def flat(value: dict[str, Any], separator: str = "_", lists: str = "keep", depth: int = 0) -> dict[str, Any]:
    """The object with one level; `lists` keeps lists, writes them as "json", or takes them apart by "index".

    A key that was there is never overwritten by one that is made. `depth`: how many levels are joined, 0 for all.
    """
    made: dict[str, Any] = {}
    late: list[tuple[str, Any]] = []
    for key, inner in value.items():
        if _opens(inner, lists):
            late.append((key, inner))
        else:
            made[key] = _leaf(inner, lists)
    while late:
        later: list[tuple[str, Any]] = []
        depth -= 1
        for prefix, container in late:
            items = container.items() if isinstance(container, dict) else enumerate(container)
            for key, inner in items:
                name = f"{prefix}{separator}{key}"
                if depth != 0 and _opens(inner, lists):
                    later.append((name, inner))
                elif name not in made:
                    made[name] = _leaf(inner, lists)
        late = later
    return made


def _opens(value: Any, lists: str) -> bool:
    return isinstance(value, dict) or (lists == "index" and isinstance(value, list))


def _leaf(value: Any, lists: str) -> Any:
    return text_of(value) if lists == "json" and isinstance(value, list) else value


_find = finders(parameters["fields"])
_how = {name: parameters[name] for name in ("separator", "lists", "depth")}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Flatten the fields."""
    for container, key in _find(event):
        if isinstance(container[key], dict):
            container[key] = flat(container[key], **_how)
    return event
