"""Adds a fingerprint that equal events share."""

from __future__ import annotations

import copy
from typing import Any

from library.digest.v1 import sha256, text_of, uuid_of
from library.paths.v1 import finder_list, finders, remove, writer


def fingerprint(value: Any, key: str = "", as_uuid: bool = False) -> str:
    """64 hexadecimal digits that follow from the value alone; or, of half of them, a UUID of version 8."""
    made = sha256(text_of(value), key)
    return uuid_of(made) if as_uuid else made


def _pruned(value: Any) -> Any:
    """The value without empty objects: what is left of one whose parts do not count does not count either."""
    if not isinstance(value, dict):
        return value
    return {key: kept for key, part in value.items() if (kept := _pruned(part)) != {}}


_parts = finder_list(parameters["include"], "include")
_excluded = finders([*parameters["exclude"], parameters["target"]], "exclude")
_write = writer(parameters["target"])
_key, _as_uuid = parameters["key"], parameters["as_uuid"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Add the fingerprint."""
    if _parts:
        value: Any = [[container[name] for container, name in find(event)] for find in _parts]
    else:
        value = copy.deepcopy(event)
        remove(_excluded(value))
        value = _pruned(value)
    _write(event, fingerprint(value, _key, _as_uuid))
    return event
