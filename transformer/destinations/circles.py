"""Mappings that lead to themselves without going on to a part: they would never end.

A mapping may call itself for a part of its object, as for the children of a node: the event's depth ends that. One that
includes itself, or calls itself for the whole object or the event again, never ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transformer.destinations.definition import Entry

__all__ = ["circles"]


def circles(mappings: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[list[str], int]]:
    """Each circle, as the names on its way, and the line where it begins."""
    leads = {name: dict(_leads(entries)) for name, entries in mappings.items()}
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterator[tuple[list[str], int]]:
        for other, line in leads.get(name, {}).items():
            if other in way:
                yield [*way[way.index(other) :], other], line
            elif other not in done:
                yield from walk(other, [*way, other])
        done.add(name)

    for name in mappings:
        if name not in done:
            yield from walk(name, [name])


def _leads(entries: Sequence[Entry]) -> Iterator[tuple[str, int]]:
    """The mappings that are called for no smaller object than this one."""
    for entry in entries:
        if included := entry.get("include"):
            yield included, entry.line
        for word in ("each", "with"):
            if (called := entry.get(word)) and any(map(_no_part, entry.sources)):
                yield called, entry.line


def _no_part(source: Any) -> bool:
    if not isinstance(source, str):
        return False
    return source in {".", "^"} or source.startswith(("^.", "$", "settings.", "options.", "metadata.", "destination."))
