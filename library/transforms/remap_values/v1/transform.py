"""Replaces values by others from a dictionary."""

from __future__ import annotations

import copy
from typing import Any

from library.digest.v1 import text_of, trimmed
from library.paths.v1 import finders, leaves, remove

_fold = not parameters["case_sensitive"]
_values = {(trimmed(key).lower() if _fold else key): value for key, value in parameters.get("values", {}).items()}
_find = finders(parameters.get("fields", []))
_unmatched, _default = parameters["unmatched"], parameters["default"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Remap the fields."""
    lost = []
    for container, name in leaves(_find(event)):
        key = text_of(container[name])
        key = trimmed(key).lower() if _fold else key
        if key in _values:
            container[name] = copy.deepcopy(_values[key])
        elif _unmatched == "default":
            container[name] = copy.deepcopy(_default)
        elif _unmatched == "null":
            container[name] = None
        elif _unmatched == "remove":
            lost.append((container, name))
    remove(lost)
    return event
