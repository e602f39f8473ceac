"""What kind of device an event comes from."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["is_android", "is_apple"]

_APPLE: Final = frozenset({"ios", "ipados", "tvos", "watchos"})


def is_apple(system: Any) -> bool:
    """Whether a device's type, or the name of its system, is one of Apple's for phones, tablets, watches and televisions."""
    return isinstance(system, str) and system.lower() in _APPLE


def is_android(system: Any) -> bool:
    """Whether a device's type, or the name of its system, is Android."""
    return isinstance(system, str) and system.lower() == "android"
