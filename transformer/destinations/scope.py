"""What the code of one compiled function can read: paths become straight expressions over objects fetched once.

    context.device.id   →   context = this.get("context") …; device = context.get("device") …; device.get("id")

A path begins at the object that is being mapped. These words before its first point begin elsewhere:

    settings.…      the destination's settings          metadata.…       what the data plane knows of the event
    ^.…             the event, in a mapping for parts   options.…        the event's options for this destination
    destination.…   the destination itself              external_id.TYPE the user's id of that type
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["Scope", "path_fault"]

_ROOTS: Final = {"settings": "call.settings", "metadata": "call.metadata", "destination": "call.destination"}
_NO_NAME: Final = re.compile(r"\W", re.ASCII)


class Scope:
    """Turns paths into expressions, and gathers the lines that must come before them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[tuple[str, ...], str] = {}
        self._names: set[str] = set()

    def read(self, path: str | Sequence[str]) -> str:
        """The expression for what lies under a path, or under keys one after the other: None where nothing does."""
        root, parts = self._root(tuple(path.split(".")) if isinstance(path, str) and path != "." else tuple(path))
        if root == "external_id":
            return f"external_id(event, {'.'.join(parts)!r})"
        if not parts:
            return root
        return self._get(root, parts)

    def _root(self, path: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        head, *rest = path
        if path == (".",):
            return "this", ()
        if head == "^":
            return "event", tuple(rest)
        if rest and head in {*_ROOTS, "options"}:
            return self._fetched(head), tuple(rest)
        if rest and head == "external_id":
            return head, tuple(rest)
        return "this", path

    def _fetched(self, head: str) -> str:
        if (head,) not in self._known:
            self._known[head,] = head
            self._names.add(head)
            self.lines.append(f"{head} = {_ROOTS.get(head, 'options_of(event, INTEGRATIONS)')}")
        return head

    def _get(self, root: str, parts: tuple[str, ...]) -> str:
        *way, last = parts
        if last.isdecimal():
            return f"item({self._raw(root, tuple(way))}, {last!r})"
        return f"{self._object(root, tuple(way))}.get({last!r})"

    def _raw(self, root: str, parts: tuple[str, ...]) -> str:
        """A variable with whatever lies there."""
        if not parts:
            return root
        key = (root, "raw", *parts)
        if key not in self._known:
            value = self._get(root, parts)
            self._known[key] = self._name("_".join(parts) + "_raw")
            self.lines.append(f"{self._known[key]} = {value}")
        return self._known[key]

    def _object(self, root: str, parts: tuple[str, ...]) -> str:
        """A variable with the object that lies there, or an empty one."""
        if not parts:
            return root
        key = (root, *parts)
        if key not in self._known:
            value = self._get(root, parts)
            name = self._known[key] = self._name("_".join(parts if root == "this" else (root, *parts)))
            self.lines.append(f"{name} = {value}")
            self.lines.append(f"if type({name}) is not dict: {name} = EMPTY")
        return self._known[key]

    def _name(self, wanted: str) -> str:
        name = "o_" + _NO_NAME.sub("_", wanted)
        while name in self._names:
            name += "_"
        self._names.add(name)
        return name


def path_fault(path: str) -> str:
    """A sentence about a path that can lead nowhere; "" for any other."""
    if path == "." or all(path.split(".")):
        return ""
    return f"{path!r} is no path: names with points between them"
