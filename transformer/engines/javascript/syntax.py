"""Reads a source before V8 does: which entry points it has, what is wrong with it, and what V8 is to run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from transformer.engines.base import EntryPoint
from transformer.engines.javascript.runtime import compile_only
from transformer.errors import Problem

__all__ = ["ENTRY_POINTS", "NO_ENTRY_POINT", "Prepared", "prepare"]

ENTRY_POINTS: tuple[str, ...] = ("transformBatch", "transformEvent", "transform")
"""In the order of their precedence."""

NO_ENTRY_POINT = (
    "There is no entry point: define transformEvent(event, metadata), which is called for each event, "
    "or transformBatch(events, metadata), "
    "which is called for the whole batch."
)


@dataclass(slots=True)
class Prepared:
    """A source as V8 is to run it. Positions in `code` are those of the source."""

    code: str
    entry_points: tuple[str, ...] = ()
    """Those of ENTRY_POINTS that the code defines, in the order of their precedence."""
    strict: bool = False
    """Whether it was a module: those are strict code."""
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    uses_metadata: bool = True

    @property
    def entry_point(self) -> EntryPoint | None:
        """What the worker is to call."""
        if not self.entry_points or self.problems:
            return None
        return "transformEvent" if self.entry_points[0] == "transformEvent" else "transformBatch"


_EXPORT = re.compile(r"^export(?= +(?:async +)?(?:function|const|let|var|class)\b)", re.MULTILINE)
_POSITION = re.compile(r"^(?P<told>.*?) +\( \S* @ (?P<line>\d+) : (?P<column>\d+) \)", re.DOTALL)


def prepare(source: str) -> Prepared:
    """What V8 is to run, and what is wrong with the source. Never raises."""
    code = _EXPORT.sub("      ", source)
    prepared = Prepared(code, strict=code != source)
    prepared.entry_points = tuple(
        name for name in ENTRY_POINTS if re.search(rf"\b(?:function\s+|const\s+|let\s+|var\s+){name}\b", source)
    )
    try:
        compile_only(code, "transformation")
    except SyntaxError as wrong:
        if found := _POSITION.match(str(wrong)):
            prepared.problems.append(Problem(found["told"], int(found["line"]), int(found["column"]) + 1))
        else:
            prepared.problems.append(Problem(str(wrong)))
    else:
        if not prepared.entry_points:
            prepared.problems.append(Problem(NO_ENTRY_POINT))
    return prepared
