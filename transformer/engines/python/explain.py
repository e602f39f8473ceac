"""Says what an exception from user code means, in the user's own terms: class, message, line, function.

Only frames whose globals are the program's count as the user's. The message is what `str()` of the exception gives, which for a
user's own class is user code: it runs inside the turn, under the turn's deadline, and whatever it raises or returns is
survived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from types import TracebackType

from transformer.engines.base import Explained
from transformer.engines.python.text import Refused, clean
from transformer.errors import Code
from transformer.outcome import Place

__all__ = ["explain", "innermost_place"]

_MOST_CHARACTERS = 1000
_MOST_NAME = 100


def explain(
    raised: BaseException, space: dict[str, object], libraries: Sequence[tuple[dict[str, object], str]] = ()
) -> Explained:
    """What `raised` means. Never raises; bounded; no address, path or frame of ours in it.

    `libraries` are the globals and names of those that the program uses: one that raised is named, with its own line. The place
    is the program's line all the same, unless it has none: then it does nothing but use the library.
    """
    told = _explained(raised, space)
    if libraries and (found := _library_place(raised.__traceback__, space, libraries)) is not None:
        name, place = found
        line = f", line {place.line}" if told.place else ""
        return replace(told, message=f"{told.message} (in {name}{line})", place=told.place or place)
    return told


def _explained(raised: BaseException, space: dict[str, object]) -> Explained:
    place = innermost_place(raised.__traceback__, space)
    name = type(raised).__name__[:_MOST_NAME]
    text = _message(raised)
    if isinstance(raised, Refused):
        return Explained(Code.FORBIDDEN, text, place)
    code = Code.MEMORY_LIMIT if isinstance(raised, MemoryError) else Code.EXCEPTION
    return Explained(code, f"{name}: {text}" if text else name, place)


def _message(raised: BaseException) -> str:
    try:
        text = str.__str__(str(raised))
    except BaseException:  # noqa: BLE001 - its __str__ is user code and may raise anything
        return "(its text cannot be made)"
    text = clean(text[: _MOST_CHARACTERS + 1])
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _library_place(
    traceback: TracebackType | None, space: dict[str, object], libraries: Sequence[tuple[dict[str, object], str]]
) -> tuple[str, Place] | None:
    """Which library the innermost line of all belongs to, and that line; None where it is the program's own."""
    names = {id(each): name for each, name in libraries}
    found = None
    while traceback is not None:
        of = traceback.tb_frame.f_globals
        if of is space:
            found = None
        elif id(of) in names:
            found = (names[id(of)], _place(traceback))
        traceback = traceback.tb_next
    return found


def innermost_place(traceback: TracebackType | None, space: dict[str, object]) -> Place | None:
    """The innermost line of the program whose globals are `space`, or None if the traceback has none."""
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_globals is space:
            found = traceback
        traceback = traceback.tb_next
    return None if found is None else _place(found)


def _place(found: TracebackType) -> Place:
    code = found.tb_frame.f_code
    _, _, start, _ = next(islice(code.co_positions(), found.tb_lasti // 2, None), (None, None, None, None))
    column = 0 if start is None else start + 1
    return Place(found.tb_lineno or 0, column, "" if code.co_name == "<module>" else code.co_name[:_MOST_NAME])
