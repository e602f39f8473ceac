"""Which versions a worker holds loaded, least recently used out first. Worker and host keep one each, and count alike.

A version is not kept for its number but for its weight: a small one in Python is some 20 KiB and weighs 1, one in JavaScript or
WebAssembly some half a MiB and weighs 16 (`pool.plan.Step.weight`).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Loaded"]

ValueT = TypeVar("ValueT")


class Loaded(Generic[ValueT]):
    """What is held for each key, up to `room` in all once `trim` was called."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._weight = 0
        self._held: OrderedDict[str, tuple[ValueT, int]] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def use(self, key: str) -> ValueT | None:
        """What is held for the key, which is the last to go then; None: nothing is."""
        if (found := self._held.get(key)) is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def add(self, key: str, value: ValueT, weight: int) -> None:
        """Hold it; nothing goes for it yet, as one turn may need more than there is room for. There must be none yet."""
        self._held[key] = value, weight
        self._weight += weight

    def discard(self, key: str) -> None:
        """Hold it no more."""
        if (found := self._held.pop(key, None)) is not None:
            self._weight -= found[1]

    def trim(self) -> list[str]:
        """Let go of what there is no room for, but never of the newest. Returns the keys."""
        gone: list[str] = []
        while self._weight > self._room and len(self._held) > 1:
            key, (_, weight) = self._held.popitem(last=False)
            self._weight -= weight
            gone.append(key)
        return gone
