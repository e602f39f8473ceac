"""Tables of a folder: NAME.csv, and NAME.table.yaml that says the key and what texts stand for."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from transformer.destinations.lines import DefinitionError, read_block
from transformer.tables.compiling import RowsError, compile_lines
from transformer.tables.reading import TYPES, read_rows
from transformer.wire.tables import MAX_BYTES

__all__ = ["RowsFile", "line_of", "read_table"]

_STEP: Final = 100_000
_MOST: Final = 2**32


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A table: where its rows are, how they are read, and the hash of key and rows, as the registry counts it."""

    path: Path
    key: str
    types: Mapping[str, str]
    rows: int = 0
    content_hash: str = ""
    places: array[int] = field(default_factory=lambda: array("Q"), compare=False)

    def read(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[dict[str, Any]]:
        """The rows, one by one; tells `progress` how many there were, now and then. Raises RowsError, OSError."""
        del self.places[:]
        for number, row in enumerate(read_rows(self.path, self.types, self.key, self.places), 1):
            if number % _STEP == 0:
                progress(number)
            yield row


def read_table(rows: Path, about: Path, progress: Callable[[int], None] = lambda _: None) -> RowsFile:
    """A table, all of whose rows have been read once. Raises DefinitionError: a file is wrong, and where."""
    table = _about(rows, about)
    try:
        with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile(buffering=0) as into:
            _write(table.read(progress), lines)
            compiled = compile_lines(lines, table.key, into, _MOST, MAX_BYTES)
    except RowsError as wrong:
        raise DefinitionError([line_of(table, str(wrong))]) from None
    except OSError as wrong:
        raise DefinitionError([f"{rows}: {(wrong.strerror or 'cannot be read').lower()}"]) from None
    return RowsFile(rows, table.key, table.types, compiled.rows, compiled.content_hash, table.places)


def line_of(table: RowsFile, told: str) -> str:
    """What is wrong with rows, counted from 1, as what is wrong with lines of the file."""
    if told.startswith(str(table.path)):
        return told
    numbers = re.match(r"(?:line|rows) (\d+)(?: and (\d+))?\b", told)
    lines = [table.places[int(row) - 1] for row in numbers.groups() if row] if numbers else []
    return f"{table.path}:{lines[-1]}: {told}" if lines else f"{table.path}: {told}"


def _about(rows: Path, about: Path) -> RowsFile:
    block = read_block(about)
    problems = [
        f"{about}:{block.line_of(key)}: unknown key {str(key)[:64]!r}; there are key and types"
        for key in block
        if key not in {"key", "types"}
    ]
    key, types = block.get("key"), block.get("types", {})
    if not isinstance(key, str) or not key:
        problems.append(f"{about}:{block.line_of('key') or 1}: key must name the column by whose value rows are found")
    if not isinstance(types, dict):
        problems.append(f"{about}:{block.line_of('types')}: types must be a mapping, as in types: {{price: number}}")
    else:
        problems += [
            f"{about}:{block.line_of('types')}: the type of {str(name)[:64]!r} must be one of {', '.join(TYPES)}"
            for name, kind in types.items()
            if not isinstance(kind, str) or kind not in TYPES
        ]
    if problems or not isinstance(key, str):
        raise DefinitionError(problems)
    return RowsFile(rows, key, dict(types))


def _write(rows: Iterable[Mapping[str, Any]], lines: Any) -> None:
    for row in rows:
        lines.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
