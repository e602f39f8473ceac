"""Paths into events, such as `properties.products[].price`: parsed once, walked for every event.

    name           a key; `a\\.b` or `["a.b"]` for a key that has a dot in it
    [], [*]        every element of a list        [0], [-1]   one element
    *              every key of an object, or every element of a list
    **             any number of levels, none included; at the end: every value below that is no object and no list

A place is a pair (container, key) that exists, so `container[key]` can be read, replaced and deleted. What a path does not find
is simply not there: absent keys, null and values of other types never raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

ALL = ("all",)
ANY = ("any",)
DEEP = ("deep",)
_GONE = ("gone",)

_TOKEN = re.compile(r'\.?\[\s*(?:(\*?)|(-?\d+)|("(?:[^"\\]|\\.)*"))\s*\]|(^|\.)((?:[^.\[\]\\]|\\.)+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse(path: str) -> tuple[Any, ...]:
    """The steps of a path: a text for a key, a number for an element, ALL, ANY or DEEP.

    Raises:
        ValueError: it is no path; the message says where it goes wrong.
    """
    if not isinstance(path, str) or not path:
        raise ValueError("a path must be a text such as properties.email")
    steps: list[Any] = []
    at = 0
    while at < len(path):
        found = _TOKEN.match(path, at)
        if found is None or (at == 0 and path[0] == "."):
            raise ValueError(f"path {path!r} cannot be read from character {at + 1} on")
        element, index, quoted, _, name = found.groups()
        if name is not None:
            wild = {"*": ANY, "**": DEEP}.get(name)
            steps.append(wild or _ESCAPED.sub(r"\1", name))
        elif quoted is not None:
            steps.append(_ESCAPED.sub(r"\1", quoted[1:-1]))
        elif index is not None:
            steps.append(int(index))
        else:
            steps.append(ALL if element is not None else ANY)
        at = found.end()
    return tuple(steps)


def finder(path: str | tuple[Any, ...]) -> Callable[[Any], Any]:
    """A function that lists the places of an event to which the path, or its steps, leads, in the order of the event.

    Raises:
        ValueError: it is no path.
    """
    steps = path if isinstance(path, tuple) else parse(path)
    if all(isinstance(step, str) for step in steps):
        return _plain_finder(steps)
    way, last = steps[:-1], steps[-1]

    def find(event: Any) -> list[tuple[Any, Any]]:
        here = [event]
        for step in way:
            here = _values(here, step)
        return [(container, key) for container in here for container, key in _places(container, last)]

    return find


def _plain_finder(steps: tuple[str, ...]) -> Callable[[Any], Any]:
    way, last = steps[:-1], steps[-1]

    def find(event: Any) -> tuple[tuple[Any, Any], ...]:
        for key in way:
            if not isinstance(event, dict):
                return ()
            event = event.get(key)
        return ((event, last),) if isinstance(event, dict) and last in event else ()

    return find


def _values(containers: list[Any], step: Any) -> list[Any]:
    if step is DEEP:
        found = []
        waiting = containers[::-1]
        while waiting:
            here = waiting.pop()
            if isinstance(here, dict):
                found.append(here)
                waiting += list(here.values())[::-1]
            elif isinstance(here, list):
                found.append(here)
                waiting += here[::-1]
        return found
    return [container[key] for container in containers for container, key in _places(container, step)]


def _places(container: Any, step: Any) -> list[tuple[Any, Any]]:
    """The places that one step finds in one container."""
    if isinstance(step, str):
        return [(container, step)] if isinstance(container, dict) and step in container else []
    if isinstance(container, list):
        if isinstance(step, int):
            return [(container, step % len(container))] if -len(container) <= step < len(container) else []
        if step is not DEEP:
            return [(container, index) for index in range(len(container))]
    elif isinstance(container, dict) and step is ANY:
        return [(container, key) for key in container]
    if step is DEEP:
        return [
            (inner, key)
            for inner in _values([container], DEEP)
            for key in (inner if isinstance(inner, dict) else range(len(inner)))
            if not isinstance(inner[key], (dict, list))
        ]
    return []


def finder_list(paths: list[str], name: str = "fields") -> list[Callable[[Any], Any]]:
    """For each of the paths what `finder` makes of it.

    Raises:
        ValueError: one of them is no path; the message names the parameter and its index.
    """
    made = []
    for index, path in enumerate(paths):
        try:
            made.append(finder(path))
        except ValueError as wrong:
            raise ValueError(f"parameters.{name}[{index}]: {wrong}") from None
    return made


def finders(paths: list[str], name: str = "fields") -> Callable[[Any], Any]:
    """A function that lists the places to which any of the paths leads, each place once.

    Raises:
        ValueError: one of them is no path; the message names the parameter and its index.
    """
    made = finder_list(paths, name)
    if len(made) == 1:
        return made[0]
    steps = [parse(path) for path in paths]
    if len(set(steps)) == len(paths) and all(isinstance(step, str) for path in steps for step in path):
        return lambda event: [place for find in made for place in find(event)]

    def find_once(event: Any) -> list[tuple[Any, Any]]:
        found = []
        for find in made:
            for container, key in find(event):
                value = container[key]
                if not isinstance(value, tuple):  # events hold no tuples: one marks the places that were found before
                    container[key] = (value,)
                    found.append((container, key))
        for container, key in found:
            container[key] = container[key][0]
        return found

    return find_once


def leaves(places: Any) -> list[tuple[Any, Any]]:
    """The places themselves, and for those with an object or list in them all the places inside that have neither."""
    found = []
    for container, key in places:
        value = container[key]
        if isinstance(value, (dict, list)):
            found += _places(value, DEEP)
        else:
            found.append((container, key))
    return found


def remove(places: Any) -> int:
    """Delete the places, which must be distinct, and say how many there were."""
    count = 0
    lists = []
    for container, key in places:
        count += 1
        if isinstance(container, dict):
            del container[key]
        else:  # indexes must hold until all are marked
            container[key] = _GONE
            if not lists or lists[-1] is not container:
                lists.append(container)
    for container in lists:
        container[:] = [value for value in container if value is not _GONE]
    return count


def settle(container: Any, key: Any, on_error: str, why: str) -> bool:
    """What becomes of a value that cannot be changed as it should be; True says: remove it, when all are done.

    `on_error`: "keep" leaves it, "null" puts null, "remove" leaves it to the caller, "fail" fails the event, with its key and why.
    """
    if on_error == "fail":
        raise Invalid(f"{key}: {why}")
    if on_error == "null":
        container[key] = None
    return on_error == "remove"


def reader(path: str, default: Any = None) -> Callable[[Any], Any]:
    """A function that gives the first value to which the path leads in an event, or the default."""
    find = finder(path)

    def read(event: Any) -> Any:
        for container, key in find(event):
            return container[key]
        return default

    return read


def get(event: Any, path: str, default: Any = None) -> Any:
    """The first value to which the path leads, or the default."""
    return reader(path, default)(event)


def writer(path: str) -> Callable[[Any, Any], bool]:
    """A function that puts a value into an event, making missing objects on the way.

    It says whether it could: not where something else than an object stands in the way, or the list is too short.

    Raises:
        ValueError: it is no path, or one to many places.
    """
    steps = parse(path)
    if any(isinstance(step, tuple) for step in steps):
        raise ValueError(f"path {path!r} leads to many places; write one place, without *, ** and []")
    way, last = steps[:-1], steps[-1]

    def write(event: Any, value: Any) -> bool:
        here = event
        for step, following in zip(way, steps[1:], strict=True):
            if isinstance(here, dict) and isinstance(step, str):
                if here.get(step) is None and isinstance(following, str):
                    here[step] = {}
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and -len(here) <= step < len(here):
                here = here[step]
            else:
                return False
        if isinstance(here, dict) and isinstance(last, str):
            here[last] = value
            return True
        if isinstance(here, list) and isinstance(last, int) and -len(here) <= last < len(here):
            here[last] = value
            return True
        return False

    return write


def put(event: Any, path: str, value: Any) -> bool:
    """Put a value to where the path leads, making missing objects on the way; False if something stands in the way."""
    return writer(path)(event, value)
