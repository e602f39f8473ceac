"""What a program of ours returns whose outputs come from several events each.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Joined"]


@dataclass(frozen=True, slots=True)
class Joined:
    """One output of several events."""

    value: dict[str, Any]
    places: tuple[int, ...]
    """Of its events, ascending, among those that the program was called with."""
