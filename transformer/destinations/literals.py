"""Constants of a definition as Python writes them: plain data only, in the same words in every process."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["LiteralError", "literal"]


class LiteralError(ValueError):
    """A value of a definition is nothing that an event or a request can hold, as a date is."""


def literal(value: Any) -> str:
    """The value as Python writes it. Raises LiteralError: it holds something that JSON does not know."""
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(literal, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, frozenset):
        return f"frozenset(({''.join(f'{one}, ' for one in sorted(map(literal, value)))}))"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return f"{{{', '.join(f'{key!r}: {literal(one)}' for key, one in value.items())}}}"
    told = "a mapping with keys that are no texts" if isinstance(value, dict) else type(value).__name__
    raise LiteralError(f"{told} is nothing that JSON can say; put texts in quotes")


def _whole(value: int) -> str:
    if abs(value) >= 1 << 63:
        raise LiteralError("a whole number has at most 63 bits")
    return repr(value)
