"""Removes fields by path or by the name of their key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from library.names.v1 import matcher
from library.paths.v1 import finder, finders, parse, remove


def drop(event: Any, fields: Any = (), keys: Any = (), drop_empty: bool = False) -> Any:
    """The event without these fields and keys; it is changed in place."""
    return dropper(fields, keys, drop_empty)(event)


def dropper(fields: Any = (), keys: Any = (), drop_empty: bool = False) -> Callable[[Any], Any]:
    """A function that does what `drop` does, for many events."""
    find = finders(fields) if fields else None
    above = [finder(steps[:end]) for steps in map(parse, fields) for end in range(len(steps) - 1, 0, -1)] if drop_empty else []
    named = matcher(keys) if keys else None

    def clean(event: Any) -> Any:
        if find is not None and remove(find(event)):
            for look in above:
                remove([(container, key) for container, key in look(event) if container[key] in ({}, [])])
        if named is not None:
            _drop_keys(event, named, drop_empty)
        return event

    return clean


def _drop_keys(value: Any, named: Callable[[str], bool], drop_empty: bool) -> bool:
    """Remove the keys at any depth, and say whether there were any."""
    found = False
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                found = _drop_keys(item, named, drop_empty) or found
    else:
        for key in list(value):
            inner = value[key]
            if named(key):
                del value[key]
                found = True
            elif isinstance(inner, (dict, list)) and _drop_keys(inner, named, drop_empty):
                found = True
                if drop_empty and not inner:
                    del value[key]
    return found


_clean = dropper(parameters["fields"], parameters["keys"], parameters["drop_empty"])


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Remove the fields and keys."""
    return _clean(event)
