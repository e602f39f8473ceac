"""Removes null, and if wanted what is empty, at any depth."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import trimmed
from library.paths.v1 import finders


def clean(
    value: Any, empty_text: bool = False, empty_objects: bool = False, empty_lists: bool = False, in_lists: bool = False
) -> Any:
    """The value, changed in place: without nulls in objects, and without what else is asked for.

    What is left empty by that counts as empty too. Elements of lists are removed with `in_lists` only, for they have places.
    """

    def gone(inner: Any) -> bool:
        return (
            inner is None
            or (empty_text and isinstance(inner, str) and not trimmed(inner))
            or (empty_objects and inner == {})
            or (empty_lists and inner == [])
        )

    order = [value]
    for here in order:  # grows while it is walked: parents before children
        if isinstance(here, (dict, list)):
            order += [inner for inner in (here.values() if isinstance(here, dict) else here) if isinstance(inner, (dict, list))]
    for here in reversed(order):
        if isinstance(here, dict):
            for key in [key for key, inner in here.items() if gone(inner)]:
                del here[key]
        elif in_lists and isinstance(here, list):
            here[:] = [inner for inner in here if not gone(inner)]
    return value


_find = finders(parameters["fields"])
_how = {name: parameters[name] for name in ("empty_text", "empty_objects", "empty_lists", "in_lists")}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Clean the fields; one that is null itself goes too."""
    for container, key in _find(event):
        if container[key] is None and isinstance(container, dict):
            del container[key]
        else:
            clean(container[key], **_how)
    return event
