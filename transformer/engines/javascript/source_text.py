"""A source with its places, and how parts of it are taken out without moving the rest.

A place is a line and a column, both from 1; a column counts code points, as it does for Python. Lines end where JavaScript
says: at LF, CR, CR LF, U+2028 and U+2029.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from transformer.errors import Problem

__all__ = ["Edit", "SourceText", "outermost", "problem_of_v8"]

_LINE_END: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
_BLANKED: Final = re.compile("[^\n\r\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes to blank: they become spaces, line ends stay. `first` and `last` are written over the outermost characters."""

    start: int
    end: int
    first: str = ""
    last: str = ""


class SourceText:
    """The text of a program. The parsers count in bytes of UTF-8; nobody else does."""

    def __init__(self, text: str) -> None:
        """Take `text`. Raises UnicodeEncodeError where it holds half a surrogate pair."""
        self.text = text
        self.data = text.encode()

    def between(self, start: int, end: int) -> str:
        """The text of these bytes."""
        return self.data[start:end].decode()

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def place(self, byte: int) -> tuple[int, int]:
        """Line and column of a byte."""
        at = byte if len(self.data) == len(self.text) else len(self.data[:byte].decode(errors="ignore"))
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Where in the text a place is: its index."""
        return min(self._lines[line - 1] + column - 1, len(self.text)) if line <= len(self._lines) else len(self.text)

    def problem(self, byte: int, message: str) -> Problem:
        """A problem that is at this byte."""
        return Problem(message, *self.place(byte))

    def column_of_units(self, line: int, units: int) -> int:
        """The column where V8 counts `units` UTF-16 units before it in the line."""
        if not 1 <= line <= len(self._lines):
            return units + 1
        start = self._lines[line - 1]
        before = self.text[start : start + units].encode("utf-16-le")[: 2 * units]
        return len(before.decode("utf-16-le", errors="ignore")) + 1

    def blanked(self, edits: list[Edit]) -> str:
        """The text after these edits: as many code points in as many lines. Inside of an edit, others count for nothing."""
        parts: list[str] = []
        at = 0
        for edit in outermost(edits):
            parts.append(self.between(at, edit.start))
            blank = _BLANKED.sub(" ", self.between(edit.start, edit.end))
            if edit.first:
                blank = edit.first + blank[len(edit.first) :]
            if edit.last:
                blank = blank[: -len(edit.last)] + edit.last
            parts.append(blank)
            at = edit.end
        parts.append(self.between(at, len(self.data)))
        return "".join(parts)


def outermost(edits: list[Edit]) -> list[Edit]:
    """Those that lie in no other one, in order. Of two for the same bytes, the one that writes something is taken."""
    kept: list[Edit] = []
    end = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end, not (edit.first or edit.last))):
        if edit.start >= end:
            kept.append(edit)
            end = edit.end
    return kept


_OF_V8: Final = re.compile(r"^(?P<told>.*?) +\( \S* @ (?P<line>\d+) : (?P<units>\d+) \)", re.DOTALL)


def problem_of_v8(told: str, text: SourceText, lines_before: int) -> Problem | None:
    """A syntax error as V8 tells it; None if there is no place in it."""
    found = _OF_V8.match(told)
    if not found:
        return None
    line = int(found["line"]) - lines_before
    return Problem(found["told"], line, text.column_of_units(line, int(found["units"])))
