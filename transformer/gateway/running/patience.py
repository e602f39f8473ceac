"""How long a version may keep its events from an answer, by what it does itself, before they are given up.

A data plane that is told to send a request again does so for ever, and keeps back what comes behind it. That is right while a
backend is away, which gets well again; it is not where a version loops or crashes on whatever it gets.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Final

from cachetools import LRUCache

from transformer.errors import Code
from transformer.pool import Step

__all__ = ["Patience"]

_ITS_OWN: Final = frozenset({Code.BATCH_TIME, Code.KILLS_EXHAUSTED, Code.QUARANTINED, Code.WORKER_LOST})
"""Why a batch has no answer that its code may be to blame for."""
_SECONDS: Final = 300.0
_VERSIONS: Final = 10_000


class Patience:
    """Knows since when versions have not brought a batch to its end."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._since: LRUCache[tuple[str, ...], float] = LRUCache(_VERSIONS)

    def is_over(self, workspace: str, steps: Sequence[Step], code: Code) -> bool:
        """A batch of these has no answer, for this reason: whether it is to be given up."""
        if code not in _ITS_OWN:
            return False
        now = monotonic()
        return now - self._since.setdefault(_key(workspace, steps), now) >= self._seconds

    def restore(self, workspace: str, steps: Sequence[Step]) -> None:
        """A batch of these came to its end."""
        if self._since:
            self._since.pop(_key(workspace, steps), None)


def _key(workspace: str, steps: Sequence[Step]) -> tuple[str, ...]:
    return (workspace, *(step.key for step in steps))
