"""Circuit breakers: a host that does not answer is left alone for a while, instead of holding calls until their time is over.

Only what brought no answer counts (no connection, broken off, too slow). Whatever its status, an answer is an answer, and user
code wants to see it. One breaker per workspace and host: one workspace's impatience closes no door to another.

Of the libraries, those for asyncio are unmaintained or keep a circuit per name for ever (purgatory), where names come from user
code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeAlias

from cachetools import LRUCache

__all__ = ["Breakers", "CircuitOpenError", "Place", "Trial"]

Place: TypeAlias = tuple[str, str, int]
"""Workspace, host, port."""

_PLACES: Final = 4096
_MOST_TIMES: Final = 16


class CircuitOpenError(Exception):
    """The place is left alone, for `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class Trial:
    """What became of one call: set `answered` when it is known; left at None it says nothing about the place."""

    answered: bool | None = None


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    seconds: float = 0.0
    open_until: float = 0.0
    tried: bool = False
    """Whether one call is out to see if the place is back."""


class Breakers:
    """The breakers of a server. Only places in trouble are remembered, the latest 4096 of them.

    Args:
        failures: calls in a row without an answer, after which a place is left alone; 0: never.
        seconds: for how long at first. Each time that the one call which then tries it fails, twice as long, up to 16 times.
        clock: instead of the monotonic one.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._circuits: LRUCache[Place, _Circuit] = LRUCache(_PLACES)

    def __len__(self) -> int:
        """How many places are in trouble."""
        return len(self._circuits)

    @property
    def open(self) -> int:
        """How many places are left alone, or have yet to answer the one call that tries them."""
        return sum(circuit.failures >= self._most for circuit in self._circuits.values())

    @contextmanager
    def trial(self, place: Place, told: Callable[[float], None] = lambda _: None) -> Iterator[Trial]:
        """Around a call to the place. `told` hears when it begins to be left alone, for how long, and 0.0 when that is over.

        Raises:
            CircuitOpenError: the place is left alone now.
        """
        first = self._enter(place)
        trial = Trial()
        try:
            yield trial
        finally:
            if trial.answered:
                closed = self._circuits.pop(place, None)
                if closed is not None and closed.failures >= self._most:
                    told(0.0)
            elif trial.answered is False:
                if self._failed(place, first=first):
                    told(self._seconds)
            elif first and (circuit := self._circuits.get(place)) is not None:
                circuit.tried = False  # the next one may try

    def _enter(self, place: Place) -> bool:
        """Whether this call is the one that tries a place which was left alone."""
        circuit = self._circuits.get(place)
        if circuit is None or circuit.failures < self._most:
            return False
        now = self._clock()
        if now < circuit.open_until:
            raise CircuitOpenError(circuit.open_until - now)
        if circuit.tried:
            raise CircuitOpenError(circuit.seconds)
        circuit.tried = True
        return True

    def _failed(self, place: Place, *, first: bool) -> bool:
        """Whether it is left alone from now on, and was not before."""
        if not self._most:
            return False
        circuit = self._circuits.setdefault(place, _Circuit())
        circuit.failures += 1
        if first:
            circuit.tried = False
            circuit.seconds = min(2 * circuit.seconds, _MOST_TIMES * self._seconds)
        elif circuit.failures == self._most:
            circuit.seconds = self._seconds
        else:
            return False  # not yet, or it began before the place was left alone
        circuit.open_until = self._clock() + circuit.seconds
        return not first
