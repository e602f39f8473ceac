"""Names of events, and lists of names in which `*` stands for any text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def matcher(names: Iterable[str], case_sensitive: bool = False) -> Callable[[Any], bool]:
    """A function that says whether a value is text and one of the names; `*` in a name stands for any text."""
    folded = [name if case_sensitive else name.lower() for name in names]
    plain = frozenset(name for name in folded if "*" not in name)
    wild = [_wildcard(name.split("*")) for name in folded if "*" in name]

    def matches(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        text = value if case_sensitive else value.lower()
        return text in plain or any(fits(text) for fits in wild)

    return matches


def _wildcard(parts: list[str]) -> Callable[[str], bool]:
    """Whether a text is the parts with anything between them: looked for from left to right, so it takes linear time."""
    head, *middle, tail = parts

    def fits(text: str) -> bool:
        at, end = len(head), len(text) - len(tail)
        if at > end or not text.startswith(head) or not text.endswith(tail):
            return False
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return fits


def type_of(event: Any) -> str:
    """The type of an event in lower case, `track` where it has none but a name; "" where there is neither."""
    kind = event.get("type")
    if isinstance(kind, str) and kind:
        return kind.lower()
    return "track" if isinstance(event.get("event"), str) else ""


def name_of(event: Any) -> str:
    """The name of an event: what was tracked, or which page or screen was seen; "" where it has none."""
    if type_of(event) == "track":
        name = event.get("event")
        return name if isinstance(name, str) else ""
    return next((box[key] for box, key in name_places(event)), "")


def name_places(event: Any) -> list[tuple[Any, str]]:
    """Where the name of an event stands, as pairs of an object and its key. The first one counts.

    Libraries write the name of a page or screen into its properties, too, and those for telephones a screen's into `event`.
    """
    kind = type_of(event)
    if kind == "track":
        places = [(event, "event")]
    elif kind in ("page", "screen"):
        places = [(event, "name"), (event.get("properties"), "name"), (event, "event")]
    else:
        return []
    return [(box, key) for box, key in places if isinstance(box, dict) and isinstance(box.get(key), str) and box[key]]


def event_matcher(names: Iterable[str]) -> Callable[[Any], bool]:
    """A function that says whether an event has one of the names, as `matcher` takes them; where there are none, all have."""
    wanted = list(names)
    if not wanted:
        return _everything
    matches = matcher(wanted, case_sensitive=True)
    return lambda event: matches(name_of(event))


def _everything(event: Any) -> bool:
    return True
