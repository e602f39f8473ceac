"""Mappings that whoever sets a destination up writes: `{from: "$.traits.email", to: "$.contact.email"}`.

    $.a.b   $.a[0].b   $['a key']   $.'a-key'     the value there
    $.items[*].price                              the value of each element, told as a list
    'text'  "text"  3  true  null                 the value itself; and so is any word that does not begin with `$`

A target that says `[*]` takes one element of a list each: `$.lines[*].price` writes into as many objects as the source has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.paths import item

__all__ = ["map_paths", "value_at"]

Step = str | int
_EVERY: Final = -1
"""Stands for `[*]`."""
_STEP: Final = re.compile(
    r"""\.?\[\s*(?:(?P<every>\*)|(?P<number>\d{1,4})|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]"""
    r"""|\.(?:'(?P<single_key>[^']*)'|"(?P<double_key>[^"]*)"|(?P<key>[^.\[\]'"]+))"""
)
_CONSTANT: Final = re.compile(r"-?\d+(?:\.\d+)?|true|false|null")
_KNOWN: Final = 1024


def map_paths(rules: Iterable[Mapping[str, Any]], event: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules make of an event: an object. What the event does not have is left out.

    Raises:
        ConfigurationError: a rule has a path that cannot be read.
    """
    made: dict[str, Any] = {}
    for rule in rules:
        source, target = rule.get("from"), rule.get("to")
        if not isinstance(source, str) or not isinstance(target, str) or not source or not target:
            continue
        way = _read(target.strip() if target.strip().startswith("$") else f"$.{target.strip()}")
        value = value_at(source, event)
        if value is not None and way:
            _put(made, way, _copy(value))
    return made


def value_at(source: str, event: Mapping[str, Any]) -> Any:
    """What a source of a rule is worth: what lies under its path, or the value that it is itself."""
    source = source.strip()
    if source.startswith("$"):
        return _found(event, _read(source))
    if len(source) > 1 and source[0] == source[-1] and source[0] in "'\"":
        return source[1:-1]
    return orjson.loads(source) if _CONSTANT.fullmatch(source) else source


def _copy(value: Any) -> Any:
    """A value of one's own: later rules may write into it, and never into the event."""
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


@lru_cache(_KNOWN)
def _read(path: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    end = 1
    while end < len(path):
        found = _STEP.match(path, end)
        if found is None:
            raise ConfigurationError(f"the path {path!r} of a mapping cannot be read")
        end = found.end()
        if found["every"]:
            steps.append(_EVERY)
        elif found["number"]:
            steps.append(int(found["number"]))
        else:
            steps.append(
                next(found[name] for name in ("single", "double", "single_key", "double_key", "key") if found[name] is not None)
            )
    return tuple(steps)


def _found(value: Any, way: tuple[Step, ...]) -> Any:
    for number, step in enumerate(way):
        if step == _EVERY:
            elements = value if isinstance(value, list) else []
            return [_found(element, way[number + 1 :]) for element in elements]
        value = item(value, str(step))
    return value


def _put(target: dict[str, Any], way: tuple[Step, ...], value: Any) -> None:
    """Write along the way; objects and lists on it are made, and take the place of what is none."""
    *path, last = way
    place: Any = target
    for number, step in enumerate(path):
        wanted: type = list if isinstance(way[number + 1], int) else dict
        if step == _EVERY:
            _put_each(place, way[number + 1 :], value)
            return
        place = _inner(place, step, wanted)
    if last == _EVERY:
        place[:] = value if isinstance(value, list) else [value]
    elif isinstance(place, list):
        _inner(place, last, dict)
        place[int(last)] = value
    else:
        place[str(last)] = value


def _put_each(elements: list[Any], way: tuple[Step, ...], value: Any) -> None:
    """Write into each element of a list: the value's own elements, or the same value into all."""
    values = value if isinstance(value, list) else [value] * max(1, len(elements))
    for number, one in enumerate(values):
        _inner(elements, number, list if isinstance(way[0], int) else dict)
        if one is not None:
            inner = elements[number]
            _put(inner, way, one) if isinstance(inner, dict) else _put_each(inner, way[1:], one)


def _inner(place: Any, step: Step, wanted: type) -> Any:
    if isinstance(place, list):
        number = int(step)
        place += [wanted() for _ in range(number + 1 - len(place))]
        if not isinstance(place[number], wanted):
            place[number] = wanted()
        return place[number]
    if not isinstance(place.get(str(step)), wanted):
        place[str(step)] = wanted()
    return place[str(step)]
