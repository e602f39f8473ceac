"""Renames and moves fields."""

from __future__ import annotations

from typing import Any

from library.paths.v1 import finder, parse, writer


def _rule(old: str, new: str) -> tuple[Any, Any, Any, str]:
    """How to find the old place; how to find and write the new one, or the name to give in the same object."""
    steps = parse(new)
    if len(steps) == 1 and isinstance(steps[0], str) and len(parse(old)) > 1:
        return finder(old), None, None, steps[0]
    if any(isinstance(step, tuple) for step in parse(old)):
        raise ValueError(f"it leads to many places, so {new!r} must be a mere name, which they get where they are")
    return finder(old), finder(new), writer(new), ""


def _rules(fields: Any) -> list[tuple[Any, Any, Any, str]]:
    made = []
    for old, new in fields.items():
        try:
            made.append(_rule(old, new))
        except ValueError as wrong:
            raise ValueError(f"parameters.fields.{old}: {wrong}") from None
    return made


_fields = _rules(parameters.get("fields", {}))
_keep = parameters["conflict"] == "keep"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Rename the fields: all are taken away before the first is put back, so that names can be swapped."""
    moved = []
    for find_old, find_new, write, name in _fields:
        for container, key in find_old(event):
            if isinstance(container, dict):
                moved.append((container, key, container[key], find_new, write, name))
    for container, key, *_ in moved:
        container.pop(key, None)
    for container, key, value, find_new, write, name in moved:
        if write is None:
            done = not (_keep and name in container)
            if done:
                container[name] = value
        else:
            done = not (_keep and find_new(event)) and write(event, value)
        if not done:
            container[key] = value
    return event
