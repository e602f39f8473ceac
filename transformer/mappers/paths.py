"""Reading and writing along paths while an event is mapped: for the small functions of mappers.

A path is a text with points (`properties.products.0.name`) or, where a key has a point in it, a sequence of keys. The tables
of a mapping are compiled to straight code instead; both follow the same rules: what is no object on the way gives None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from transformer.mappers.values import EMPTY

__all__ = [
    "at",
    "compact",
    "first",
    "item",
    "merge",
    "object_in",
    "only",
    "put",
    "put_apart",
    "remove",
    "without",
    "without_blanks",
]


def at(value: Any, path: str | Sequence[str]) -> Any:
    """What lies under the path, or None."""
    for key in path.split(".") if type(path) is str else path:
        value = value.get(key) if type(value) is dict else item(value, key)
        if value is None:
            return None
    return value


def item(value: Any, key: str) -> Any:
    """What an object has under a key, or a list under a number; None for anything else."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[int(key)]
    return None


def object_in(holder: Any, key: str) -> dict[str, Any]:
    """The object that an object has under a key; an empty one where it has none. Not to be written to."""
    found = holder.get(key) if type(holder) is dict else None
    return found if type(found) is dict else EMPTY


def first(value: Any, *paths: str | Sequence[str]) -> Any:
    """What lies under the first of the paths that has something: neither None nor an empty text."""
    for path in paths:
        found = at(value, path)
        if found is not None and found != "":
            return found
    return None


def put(target: dict[str, Any], path: str | Sequence[str], value: Any) -> None:
    """Write a value under the path; objects on the way are made, and take the place of what is none."""
    *way, last = path.split(".") if isinstance(path, str) else path
    for key in way:
        inner = target.get(key)
        if not isinstance(inner, dict):
            inner = target[key] = {}
        target = inner
    target[last] = value


def put_apart(target: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """As `put`, but objects on the way are copied first: what an earlier entry put there may belong to the event."""
    *way, last = path
    for key in way:
        inner = target.get(key)
        inner = target[key] = dict(inner) if isinstance(inner, dict) else {}
        target = inner
    target[last] = value


def remove(target: Any, path: str | Sequence[str]) -> None:
    """Take away what lies under the path, if anything does."""
    *way, last = path.split(".") if isinstance(path, str) else path
    for key in way:
        target = item(target, key)
    if isinstance(target, dict):
        target.pop(last, None)


def only(value: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The object with these keys alone."""
    return {key: value[key] for key in keys if key in value}


def without(value: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """A copy of the object without these keys."""
    gone = frozenset(keys)
    return {key: one for key, one in value.items() if key not in gone}


def compact(value: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the object without its keys whose value is None."""
    return {key: one for key, one in value.items() if one is not None}


def without_blanks(value: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the object without its keys whose value is None, an empty text, an empty list or an empty object."""
    return {key: one for key, one in value.items() if one is not None and one != "" and one not in ([], {})}


def merge(target: dict[str, Any], value: Any) -> None:
    """Put what the object has into the target. Anything else has nothing to put."""
    if isinstance(value, dict):
        target.update(value)
