"""A watcher's filter: a CEL expression over what is shown of an event. Runs in the inspector only, which bounds its cost."""

from __future__ import annotations

import re
from typing import Any, Final

import cel

__all__ = ["VARIABLES", "Filter", "FilterError", "FilterRefusedError"]

VARIABLES: Final = (
    "event",
    "outputs",
    "output",
    "outcome",
    "code",
    "message",
    "reason",
    "metadata",
    "id",
    "version",
    "logs",
)

_PLACE: Final = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")
_TEXTS: Final = re.compile(r"[rR]?(?:\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|//[^\n]*", re.DOTALL)
_BOUND: Final = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_SHOWN: Final = 200


class FilterRefusedError(ValueError):
    """The expression cannot be used. Line and column count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class FilterError(Exception):
    """The expression failed on one event. The message is made of what the watcher may see."""


class Filter:
    """A compiled expression. Raises FilterRefusedError with the place."""

    def __init__(self, expression: str) -> None:
        try:
            self._program = cel.compile(expression)
        except ValueError as wrong:
            place = _PLACE.search(str(wrong))
            told, line, column = (place[3], int(place[1]), int(place[2])) if place else ("it is no CEL expression", 1, 1)
            raise FilterRefusedError(_cut(told), line, column) from None
        # Texts and comments become blanks, so that places stay what they are.
        code = _TEXTS.sub(lambda text: re.sub(r"[^\n]", " ", text[0]), expression)
        bound = set(_BOUND.findall(code))
        self._names = set(self._program.variables())
        for name in sorted(self._names - bound - set(VARIABLES)):
            place = re.search(rf"(?<![\w.]){re.escape(name)}\b", code)
            before = code[: place.start()] if place else ""
            told = _cut(f"there is no {name}; there are {', '.join(VARIABLES)}")
            raise FilterRefusedError(told, before.count("\n") + 1, len(before) - before.rfind("\n"))
        self._names &= set(VARIABLES)

    def holds(self, variables: dict[str, Any]) -> bool:
        """Whether it is true. What is not there makes it false. Raises FilterError where it fails or is neither."""
        try:
            # Only what it asks for: turning a whole event into CEL's values costs more than most expressions.
            answer = self._program.execute({name: variables[name] for name in self._names})
        except (KeyError, IndexError):
            return False
        except Exception as wrong:  # noqa: BLE001 - whatever the library makes of the expression
            raise FilterError(_cut(f"{wrong}")) from None
        if not isinstance(answer, bool):
            raise FilterError(f"it is {type(answer).__name__}, and should be true or false")
        return answer


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
