"""What user code threw: as Python exceptions, and in the user's own terms.

The prelude has read name, message and stack already, as text; nothing here runs user code.
"""

from __future__ import annotations

import re
from typing import Any, Final

from transformer.engines import base
from transformer.engines.base import Explained
from transformer.engines.javascript.prelude import SCRIPT
from transformer.errors import Code
from transformer.outcome import Place

__all__ = ["Thrown", "ThrownForLackOfMemory", "explain", "failure", "unsettled"]

_MOST_CHARACTERS: Final = 1000
_MOST_NAME: Final = 100
_FRAME: Final = re.compile(
    rf"^\s+at (?:async )?(?:(?P<function>[^()\n]{{1,300}}) \()?.*?{SCRIPT}:(?P<line>\d+):(?P<column>\d+)"
)
_LIBRARY_FRAME: Final = re.compile(r"^\s+at .*?\blib:(?P<name>[\w/]{1,100}):(?P<line>\d+):(?P<column>\d+)")
_LACK_OF_MEMORY: Final = re.compile(r"Invalid string length|Array buffer allocation failed|[\w.]+: Out of memory")
_UNSETTLED: Final = "the promise that was returned will never settle: nothing that could still happen resolves it"


class Thrown(Exception):  # noqa: N818 - what JavaScript calls it
    """User code threw `message`, as an error called `name`, which is "" for values that are no errors."""

    def __init__(self, name: str, message: str, place: Place | None) -> None:
        super().__init__(f"{name}: {message}" if name and message else name or message)
        self.place = place


class ThrownForLackOfMemory(Thrown, MemoryError):  # noqa: N818 - as above
    """It threw because there was no room for a string or a buffer."""


class _Drop(base.Drop):
    place: Place | None = None


class _Retry(base.Retry):
    place: Place | None = None


class _Invalid(base.Invalid):
    place: Place | None = None


def failure(kind: str, parts: list[Any]) -> BaseException:
    """The exception for a reply of prelude/30_errors.js: its letter, and what it lists."""
    raised: _Drop | _Retry | _Invalid
    place = _place(str(parts[-1]))
    if kind == "D":
        raised = _Drop(parts[0])
    elif kind == "R":
        raised = _Retry(parts[0], parts[1])
    elif kind == "I":
        raised = _Invalid(parts[0])
    else:
        name, message = str(parts[0])[:_MOST_NAME], _bounded(str(parts[1]))
        lack = name == "RangeError" and _LACK_OF_MEMORY.fullmatch(message) is not None
        if (within := _library(str(parts[-1]))) is not None:
            library, inner = within
            message += f" (in {library}, line {inner.line})" if place else f" (in {library})"
            place = place or inner
        return (ThrownForLackOfMemory if lack else Thrown)(name, message, place)
    raised.place = place
    return raised


def unsettled() -> Thrown:
    """The failure of an event whose promise can no longer settle."""
    return Thrown("", _UNSETTLED, None)


def explain(raised: BaseException) -> Explained:
    """What `raised` means. Never raises; bounded; no address, path or frame of ours in it."""
    place = getattr(raised, "place", None)
    if isinstance(raised, Thrown):
        code = Code.MEMORY_LIMIT if isinstance(raised, MemoryError) else Code.EXCEPTION
        return Explained(code, str(raised), place)
    if isinstance(raised, MemoryError):
        return Explained(Code.MEMORY_LIMIT, "there is no room for the event or what became of it")
    # A verdict, whose own words are taken, or the bridge, which speaks where V8 could not even run the prelude.
    return Explained(Code.EXCEPTION, _bounded(str(raised)), place)


def _library(stack: str) -> tuple[str, Place] | None:
    """Which library the innermost line of all belongs to, and that line; None where it is the user's own."""
    for line in stack.split("\n"):
        if _FRAME.match(line):
            return None
        if found := _LIBRARY_FRAME.match(line):
            return found["name"], Place(int(found["line"][:9]), int(found["column"][:9]))
    return None


def _bounded(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _place(stack: str) -> Place | None:
    """The innermost line of the user's own code. The stack is text that user code may have written: any answer will do then."""
    for line in stack.split("\n"):
        if found := _FRAME.match(line):
            function = found["function"] or ""
            name = "" if function in {"eval", "<anonymous>"} else function.removeprefix("new ")[:_MOST_NAME]
            return Place(int(found["line"][:9]), int(found["column"][:9]), name)
    return None
