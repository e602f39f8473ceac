"""Says how far a run is: on a terminal one line that is written over, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]

LINE_SECONDS = 10.0


class Progress:
    """`steps` is about how many there will be."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._began = self._said = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def step(self, name: str) -> None:
        """The next thing begins."""
        self._done += 1
        now = time.monotonic()
        gone = now - self._began
        left = gone / self._done * max(0, self._steps - self._done)
        line = f"[{self._done}/{self._steps}] {gone:.0f} s, about {left:.0f} s left: {name}"
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line[:110]}")
        elif now - self._said >= LINE_SECONDS:
            self._said = now
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """No more."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(f"measured in {time.monotonic() - self._began:.0f} s\n")
