"""Fills in values that are missing."""

from __future__ import annotations

import copy
from typing import Any

from library.digest.v1 import trimmed
from library.names.v1 import event_matcher, type_of
from library.paths.v1 import finder, parse, writer


def _rules(values: Any) -> list[tuple[Any, Any, Any]]:
    made = []
    for path, value in values.items():
        try:
            steps = parse(path)
            if isinstance(steps[-1], str) and any(isinstance(step, tuple) for step in steps[:-1]):
                made.append((None, _each(path, steps[-1]), value))
            else:
                made.append((finder(path), writer(path), value))
        except ValueError as wrong:
            raise ValueError(f"parameters.values.{path}: {wrong}") from None
    return made


def _each(path: str, key: str) -> Any:
    """A function that lists the objects in which the last key of a path with wildcards should be."""
    before = path[: len(path) - len(key)].rstrip(".")
    if parse(path)[:-1] != parse(before):
        raise ValueError("the last key must be a mere name")
    find = finder(before)
    return lambda event: [container[name] for container, name in find(event) if isinstance(container[name], dict)]


_values = _rules(parameters.get("values", {}))
_keys = [parse(path)[-1] for path in parameters.get("values", {})]
_when = parameters["when"]
_types = frozenset(parameters["types"])
_concerned = event_matcher(parameters["events"])


def _missing(value: Any) -> bool:
    if value is None:
        return _when != "absent"
    if _when != "empty":
        return False
    return not trimmed(value) if isinstance(value, str) else isinstance(value, (dict, list)) and not value


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Fill in what is missing."""
    if (_types and type_of(event) not in _types) or not _concerned(event):
        return event
    for (find, write, value), key in zip(_values, _keys, strict=True):
        if find is None:
            for holder in write(event):
                if key not in holder or _missing(holder[key]):
                    holder[key] = copy.deepcopy(value)
            continue
        places = find(event)
        if not places or any(_missing(container[name]) for container, name in places):
            write(event, copy.deepcopy(value))
    return event
