"""Makes nested objects of flat keys: `{"a.b": 1}` becomes `{"a": {"b": 1}}`."""

from __future__ import annotations

from typing import Any

from library.paths.v1 import finders

_DEEPEST = 50


def nested(value: dict[str, Any], separator: str = ".", lists: bool = True) -> dict[str, Any]:
    """The object with the keys taken apart; keys that are in each other's way, or have an empty part, stay as they are.

    With `lists`, objects that were made of the keys 0, 1, 2 and so on become lists.
    """
    made = {key: inner for key, inner in value.items() if separator not in key}
    homes: list[tuple[dict[str, Any], str]] = []
    for key, inner in value.items():
        if separator in key and not _put(made, key.split(separator), inner, homes):
            made[key] = inner
    if lists:
        for home, key in reversed(homes):  # the innermost first
            inner = home[key]
            if all(str(index) in inner for index in range(len(inner))):
                home[key] = [inner[str(index)] for index in range(len(inner))]
    return made


def _put(made: dict[str, Any], parts: list[str], value: Any, homes: list[tuple[dict[str, Any], str]]) -> bool:
    """Put the value to where the parts lead, unless something is in the way; note the objects made for it in `homes`."""
    if len(parts) > _DEEPEST or "" in parts or "__proto__" in parts:
        return False
    here: Any = made
    for part in parts:
        if not isinstance(here, dict):
            return False
        if part not in here:
            break
        here = here[part]
    else:
        return False
    here = made
    for part in parts[:-1]:
        if part not in here:
            here[part] = {}
            homes.append((here, part))
        here = here[part]
    here[parts[-1]] = value
    return True


_find = finders(parameters["fields"])
_separator, _lists = parameters["separator"], parameters["lists"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Nest the fields."""
    for container, key in _find(event):
        if isinstance(container[key], dict):
            container[key] = nested(container[key], _separator, _lists)
    return event
