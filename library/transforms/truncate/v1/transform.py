"""Cuts what is too long, too many or too deep."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import text_of
from library.paths.v1 import finders, writer


def cut(
    value: Any, max_chars: int = 0, max_items: int = 0, max_keys: int = 0, max_depth: int = 0, ending: str = "…"
) -> tuple[Any, int]:
    """The value within the limits (0: none), changed in place where it can be, and how many places were cut.

    What lies deeper than `max_depth` levels becomes its JSON text, which is cut as text is.
    """
    holder = [value]
    count = 0
    waiting: list[tuple[Any, Any, int]] = [(holder, 0, 0)]
    while waiting:
        container, key, depth = waiting.pop()
        inner = container[key]
        if max_depth and depth >= max_depth and isinstance(inner, (dict, list)) and inner:
            inner = container[key] = text_of(inner)
            count += 1
        if isinstance(inner, str):
            if max_chars and len(inner) > max_chars:
                container[key] = inner[: max(0, max_chars - len(ending))] + ending[:max_chars]
                count += 1
        elif isinstance(inner, list):
            if max_items and len(inner) > max_items:
                del inner[max_items:]
                count += 1
            waiting += [(inner, index, depth + 1) for index in range(len(inner)) if isinstance(inner[index], (str, dict, list))]
        elif isinstance(inner, dict):
            if max_keys and len(inner) > max_keys:
                for each in list(inner)[max_keys:]:
                    del inner[each]
                count += 1
            waiting += [(inner, each, depth + 1) for each in inner if isinstance(inner[each], (str, dict, list))]
    return holder[0], count


_find = finders(parameters["fields"])
_how = {name: parameters[name] for name in ("max_chars", "max_items", "max_keys", "max_depth", "ending")}
_mark = writer(parameters["mark"]) if parameters["mark"] else None


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Cut the fields."""
    total = 0
    for container, key in _find(event):
        container[key], count = cut(container[key], **_how)
        total += count
    if total and _mark:
        _mark(event, total)
    return event
