"""What is told of events that failed, and of code that is wrong: stable texts, equal for equal failures."""

from __future__ import annotations

from transformer.errors import Code, Problem
from transformer.outcome import Failure, Place

__all__ = ["error_text", "problem_text"]


def error_text(failure: Failure) -> str:
    """The message, and below it the place in the user's own code, if there is one: function, line and column."""
    place = failure.place
    if place is None or not place.line:
        return failure.message
    where = f"line {place.line}, column {place.column}" if place.column else f"line {place.line}"
    return f"{failure.message}\n    at {place.function} ({where})" if place.function else f"{failure.message}\n    at {where}"


def problem_text(problem: Problem) -> str:
    """A problem of code as one text: what, and where."""
    place = Place(problem.line, problem.column) if problem.line else None
    return error_text(Failure(Code.CODE_REFUSED, problem.message, place))
