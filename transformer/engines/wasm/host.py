"""What a guest may ask for: a log, metadata, two clocks, randomness. Nothing of it reaches anything else.

Both doors offer it in their own words: the core door as imported functions (`imports.py`), the component door as a WIT world.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from random import Random
from typing import Final

from transformer.engines.base import Host
from transformer.engines.wasm.alarm import Alarm
from transformer.engines.wasm.asking import answer
from transformer.engines.wasm.faults import GuestError
from transformer.errors import Code

__all__ = ["Imports"]

_MOST_LINES: Final = 10_000
_MOST_CHARACTERS: Final = 1 << 20
_STANDSTILL: Final = 946_684_800_000_000_000
"""2000-01-01T00:00:00Z."""


class Imports:
    """The other side of one program's imports. `begin` starts a call."""

    def __init__(self, host: Host, alarm: Alarm) -> None:
        self._host = host
        self._alarm = alarm
        self._metadata: Callable[[], bytes] = bytes
        self._fixed: Random | None = None
        self.lines: list[tuple[int, str]] = []
        """What the running call has logged: the number of the event in the call, and the line."""
        self._room = 0
        self.answer_bytes = 0
        """How long the answer to the running call may be."""

    def begin(self, metadata: Callable[[], bytes], answer_bytes: int, *, fixed: bool = False) -> None:
        """A call begins; `metadata` makes the metadata of its events: an object in JSON on a line for each.

        `fixed`: clocks stand still, and randomness begins again, so that a call can be repeated exactly.
        """
        self._metadata = metadata
        self._fixed = Random(0) if fixed else None  # noqa: S311 - to be foreseen is what it is for
        self.answer_bytes = answer_bytes
        self.lines = []
        self._room = _MOST_CHARACTERS

    def log(self, event: int, line: str) -> None:
        """Keep a line for an event of the running call, within reason; whoever reads the lines has limits of their own."""
        if self._room > 0 and len(self.lines) < _MOST_LINES:
            line = line[: self._room]
            self._room -= len(line)
            self.lines.append((event, line))

    def metadata(self) -> bytes:
        """The metadata of the running call's events, a line each. Raises what the turn raises for attributes that are wrong."""
        return self._metadata()

    def call(self, calls: bytes) -> bytes:
        """The answers to host calls, lines of JSON both (`asking.py`). Waiting for them is not the guest's own time.

        Raises:
            Unavailable: the platform cannot answer.
            GuestError: the answers are more than the limit for all that the host gives a guest at once.
        """
        left = self._alarm.pause()
        try:
            told = answer(self._host, calls)
        finally:
            if left:
                self._alarm.set(left)
        if len(told) > self.answer_bytes:
            message = (
                f"the answers to host calls have {len(told)} bytes; the limit is {self.answer_bytes}: ask for less at once"
            )
            raise GuestError(Code.EXCEPTION, message)
        return told

    def wall_ns(self) -> int:
        """Nanoseconds since 1970."""
        return _STANDSTILL if self._fixed else time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds since some time."""
        return _STANDSTILL if self._fixed else time.monotonic_ns()

    def random(self, size: int) -> bytes:
        """So many random bytes."""
        return self._fixed.randbytes(size) if self._fixed else os.urandom(size)
