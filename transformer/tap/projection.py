"""Which fields to show: `a.b` is everything at and below a.b, and lists are walked through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

__all__ = ["Fields", "parse_fields", "project"]

Fields: TypeAlias = "dict[str, Fields]"
"""A tree of names; one without branches shows all that is below it."""


_EMPTY: Final[tuple[object, ...]] = ({}, [])


def parse_fields(paths: Iterable[str]) -> Fields:
    """The tree of dotted paths. Raises ValueError, naming the path, where one has an empty part."""
    tree: Fields = {}
    whole: set[tuple[str, ...]] = set()
    for path in paths:
        parts = tuple(path.split("."))
        if not all(parts):
            raise ValueError(f"{path!r} is no field; write names with a dot between them, such as user.address.city")
        whole.add(parts)
    # The short ones first: what is shown as a whole needs no branches.
    for parts in sorted(whole, key=len):
        if any(parts[:length] in whole for length in range(1, len(parts))):
            continue
        at = tree
        for part in parts:
            at = at.setdefault(part, {})
    return tree


def project(value: Any, fields: Fields) -> Any:
    """The part of `value` that `fields` names; without fields all of it. What is not an object or a list of them has none."""
    if not fields:
        return value
    if isinstance(value, list):
        return [shown for shown in (project(inner, fields) for inner in value) if shown not in _EMPTY]
    if not isinstance(value, dict):
        return {}
    shown = {name: project(value[name], inner) for name, inner in fields.items() if name in value}
    return {name: inner for name, inner in shown.items() if not fields[name] or inner not in _EMPTY}
