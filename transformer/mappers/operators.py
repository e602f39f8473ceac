"""What compiled mappings and conditions are made of, beside conversions: comparisons that never raise, and small sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transformer.mappers.values import absent, number, text

__all__ = [
    "Fixed",
    "among",
    "at_least",
    "at_most",
    "converted",
    "filled",
    "is_list",
    "is_number",
    "is_object",
    "is_text",
    "less",
    "more",
    "present",
    "product",
    "said",
    "total",
]


def present(value: Any) -> bool:
    """Whether a value is there: neither None nor an empty text."""
    return not absent(value)


def said(value: Any) -> str:
    """A value inside a template: nothing where there is none."""
    return "" if value is None else str(value) if isinstance(value, str) else text(value)


def converted(conversion: Callable[[Any], Any], value: Any) -> Any:
    """A value inside a template, converted; None where there is none."""
    return None if absent(value) else conversion(value)


class Fixed(str):
    """What stands between the holes of a template."""

    __slots__ = ()


def filled(*parts: Any) -> str | None:
    """The parts of a template put together, without white space around it; None where no hole has a value."""
    if all(type(part) is Fixed or absent(part) for part in parts):
        return None
    return "".join(map(said, parts)).strip()


def is_object(value: Any) -> bool:
    """Whether the value is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> bool:
    """Whether the value is a list."""
    return isinstance(value, list)


def is_text(value: Any) -> bool:
    """Whether the value is a text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether the value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def among(value: Any, where: Any) -> bool:
    """Whether a list has the value as an element, a text as a part, or an object as a key."""
    if isinstance(where, str):
        return isinstance(value, str) and value in where
    return value in where if isinstance(where, (list, tuple)) else isinstance(where, dict) and text(value) in where


def less(one: Any, other: Any) -> bool:
    """`one < other`, false where they cannot be compared."""
    return _compared(one, other) == -1


def at_most(one: Any, other: Any) -> bool:
    """`one <= other`, false where they cannot be compared."""
    return _compared(one, other) in {-1, 0}


def more(one: Any, other: Any) -> bool:
    """`one > other`, false where they cannot be compared."""
    return _compared(one, other) == 1


def at_least(one: Any, other: Any) -> bool:
    """`one >= other`, false where they cannot be compared."""
    return _compared(one, other) in {0, 1}


def _compared(one: Any, other: Any) -> int | None:
    if not (isinstance(one, str) and isinstance(other, str)):
        one, other = number(one), number(other)
        if one is None or other is None:
            return None
    return int(one > other) - int(one < other)


def product(*factors: Any) -> int | float | None:
    """The factors multiplied, as numbers or texts that spell them; None where one is neither."""
    found: int | float = 1
    for factor in factors:
        known = number(factor)
        if known is None:
            return None
        found *= known
    return found


def total(*terms: Any) -> int | float | None:
    """The terms added, which must be numbers; None where one is none."""
    found: int | float = 0
    for term in terms:
        if not is_number(term):
            return None
        found += term
    return found
