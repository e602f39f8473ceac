"""What a mapper may ask for besides events, told by reading its code: who runs it can leave out the rest."""

from __future__ import annotations

from typing import Final

__all__ = ["asks_connection", "asks_metadata"]

_METADATA: Final = "call.metadata"
_CONNECTION: Final = "call.connection"


def asks_metadata(code: str) -> bool:
    """Whether it may look at the metadata of events."""
    return _METADATA in code


def asks_connection(code: str) -> bool:
    """Whether it may look at the connection that events come through."""
    return _CONNECTION in code
