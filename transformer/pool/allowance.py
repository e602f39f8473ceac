"""How much of a core each workspace may have its code compiled with: all at once what it likes, in the long run a part."""

from __future__ import annotations

from typing import Final

from cachetools import LRUCache

__all__ = ["Allowance"]

_WORKSPACES: Final = 10_000


class Allowance:
    """What workspaces have spent, which passes: `share` seconds of it in every second. Times are of one clock, in seconds."""

    def __init__(self, share: float, at_once: float) -> None:
        """Whoever owes `at_once` seconds has to wait."""
        self._share = share
        self._at_once = at_once
        self._owed: LRUCache[str, tuple[float, float]] = LRUCache(_WORKSPACES)  # how much, and when that was

    def spend(self, workspace: str, seconds: float, now: float) -> None:
        """It took so long."""
        self._owed[workspace] = (self._debt(workspace, now) + seconds, now)

    def wait(self, workspace: str, now: float, *, times: float = 1.0) -> float:
        """How long the workspace has to wait, who may owe so many times as much; 0.0: it may go on."""
        return max(0.0, self._debt(workspace, now) - self._at_once * times) / self._share

    def _debt(self, workspace: str, now: float) -> float:
        owed, then = self._owed.get(workspace, (0.0, now))
        return max(0.0, owed - (now - then) * self._share)
