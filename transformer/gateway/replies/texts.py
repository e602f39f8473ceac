"""What is told of an event that failed: stable texts, equal for equal failures."""

from __future__ import annotations

from transformer.outcome import Failure

__all__ = ["error_text"]


def error_text(failure: Failure) -> str:
    """The message, and below it the place in the user's own code, if there is one: function, line and column."""
    place = failure.place
    if place is None or not place.line:
        return failure.message
    where = f"line {place.line}, column {place.column}" if place.column else f"line {place.line}"
    return f"{failure.message}\n    at {place.function} ({where})" if place.function else f"{failure.message}\n    at {where}"
