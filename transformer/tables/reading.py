"""Files of rows as rows of plain JSON values: CSV, TSV, JSON Lines, Parquet. One row at a time, whatever the size of the file.

A text file says of no value what it is, so the values of CSV are strings unless `types` says otherwise; JSON and Parquet say it
themselves, and `types` turns texts in them into what they stand for.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from transformer.tables.compiling import MAX_COLUMNS, MAX_ROW_BYTES, RowsError, key_bytes

__all__ = ["SUFFIXES", "TYPES", "parse_types", "read_rows"]

_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
_MOST: Final = 2**64
_PARQUET_ROWS: Final = 4096


def _integer(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < _MOST or not text.strip().lstrip("+-").isdecimal():
        raise ValueError
    return value


def _number(text: str) -> float | int:
    try:
        return _integer(text)
    except ValueError:
        value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError
    return value


TYPES: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "string": str,
        "integer": _integer,
        "number": _number,
        "boolean": lambda text: _BOOLEANS[text.strip().lower()],
        "json": orjson.loads,
    }
)
"""How a text becomes a value of each kind."""


def parse_types(text: str) -> dict[str, str]:
    """`price=number,active=boolean` by column. Raises RowsError: it is not of that form, or a type is unknown."""
    types = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, kind = pair.rpartition("=")
        if not equals or not name or kind not in TYPES:
            raise RowsError(f"{pair!r} is no COLUMN=TYPE; types are {', '.join(TYPES)}")
        if name in types:
            raise RowsError(f"the column {name!r} has two types")
        types[name] = kind
    return types


def read_rows(
    path: Path,
    types: Mapping[str, str] = MappingProxyType({}),
    key: str | None = None,
    places: array[int] | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of a file; `types` by column, and the column that every row must have. Nothing is read before it is asked for.

    The line at which each row ended is added to `places`; of Parquet, the row's number.

    Raises:
        RowsError: the file is of no kind that is known, cannot be read as what it claims to be, or a value is not of its type;
            names the file, the line and the column.
        OSError: the file cannot be opened.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RowsError(f"{path}: rows are read from files that end with {', '.join(SUFFIXES)}")
    return _typed(path, _noted(reader(path), places), types, key)


def _noted(rows: Iterator[tuple[int, dict[str, Any]]], places: array[int] | None) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in rows:
        if places is not None:
            places.append(number)
        yield number, row


def _typed(
    path: Path, rows: Iterator[tuple[int, dict[str, Any]]], types: Mapping[str, str], key: str | None
) -> Iterator[dict[str, Any]]:
    checked, number = not types, 0
    for number, row in rows:
        if key is not None and key not in row:
            raise RowsError(f"{path}:{number}: there is no {key!r}, which is to be the key; there are {', '.join(row)[:500]}")
        if not checked:
            if unknown := sorted(types.keys() - row.keys()):
                raise RowsError(f"{path}: there is no column {unknown[0]!r} to have a type; columns are {', '.join(row)[:500]}")
            checked = True
        for name, kind in types.items():
            value = row.get(name)
            if type(value) is str:
                row[name] = _value(path, number, name, kind, value)
        if key is not None:
            try:
                key_bytes(row[key], key)
            except RowsError as wrong:
                raise RowsError(f"{path}:{number}: {wrong}") from None
        yield row
    if key is not None and not number:
        raise RowsError(f"{path}: has no rows; a table has one at least")


def _value(path: Path, number: int, name: str, kind: str, text: str) -> Any:
    if kind == "string":
        return text
    if not text.strip():
        return None
    try:
        return TYPES[kind](text)
    except (ValueError, KeyError, OverflowError):
        raise RowsError(f"{path}:{number}: column {name!r}: this is no {kind}") from None


def _csv(path: Path, delimiter: str = ",") -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(MAX_ROW_BYTES)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines, before = csv.reader(file, delimiter=delimiter, strict=True), 0
        try:
            head = next(lines, None)
            if not head:
                raise RowsError(
                    f"{path}: {'is empty' if head is None else 'begins with an empty line'}; the first line names the columns"
                )
            _check_head(path, head)
            for fields in lines:
                before = lines.line_num
                if not fields:
                    continue
                if len(fields) != len(head):
                    raise RowsError(f"{path}:{lines.line_num}: {len(fields)} fields, and the head names {len(head)} columns")
                yield lines.line_num, dict(zip(head, fields, strict=True))
        except csv.Error as wrong:
            begun = f"; the row begins in line {before + 1}" if lines.line_num > before + 1 else ""
            raise RowsError(f"{path}:{lines.line_num}: {wrong}{begun}") from None
        except UnicodeDecodeError:
            raise RowsError(f"{path}: is not UTF-8 text, near line {lines.line_num + 1}") from None


def _check_head(path: Path, head: list[str]) -> None:
    if len(head) > MAX_COLUMNS:
        raise RowsError(f"{path}: there are {len(head)} columns; at most {MAX_COLUMNS}")
    for name, times in Counter(head).items():
        if not name.strip():
            raise RowsError(f"{path}: column {head.index(name) + 1} has no name")
        if times > 1:
            raise RowsError(f"{path}: two columns are named {name[:200]!r}")


def _tsv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    return _csv(path, "\t")


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_ROW_BYTES + 2):
            number += 1
            if len(line) > MAX_ROW_BYTES + 1:
                raise RowsError(f"{path}:{number}: the row has more than {MAX_ROW_BYTES} bytes")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                raise RowsError(f"{path}:{number}: this is no JSON in UTF-8") from None
            if not isinstance(row, dict):
                raise RowsError(f"{path}:{number}: a row is a JSON object")
            yield number, row


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if find_spec("pyarrow") is None:
        raise RowsError(f"{path}: reading Parquet needs pyarrow: install transformer[parquet]")
    import pyarrow as pa
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            _check_head(path, file.schema_arrow.names)
            for batch in file.iter_batches(_PARQUET_ROWS):
                for row in _values(path, number, batch):
                    number += 1
                    yield number, {name: _plain(path, number, name, value) for name, value in row.items()}
    except pa.ArrowException as wrong:
        if isinstance(wrong, OSError) and wrong.errno is not None:
            raise
        raise RowsError(f"{path}: is no Parquet file that can be read ({type(wrong).__name__})") from None


def _values(path: Path, before: int, batch: Any) -> list[dict[str, Any]]:
    """The rows of a batch; `before` of them came earlier."""
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except (ValueError, OverflowError, KeyError):
        return [_one(path, before + at + 1, batch.slice(at, 1)) for at in range(batch.num_rows)]
    return rows


def _one(path: Path, number: int, batch: Any) -> dict[str, Any]:
    """A row that may be the one that cannot be read."""
    row = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            (row[name],) = column.to_pylist()
        except (ValueError, OverflowError, KeyError):
            raise RowsError(f"{path}:{number}: column {name!r}: JSON has no such value ({column.type})") from None
    return row


def _plain(path: Path, number: int, name: str, value: Any) -> Any:
    """A value of Parquet as JSON has it: times as text, decimals as numbers where that loses nothing, else as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            whole = value == value.to_integral_value() and abs(value) < 2**63
            return int(value) if whole else float(value) if Decimal(repr(float(value))) == value else str(value)
        case list():
            return [_plain(path, number, name, one) for one in value]
        case dict():
            return {str(key): _plain(path, number, name, one) for key, one in value.items()}
        case _:
            raise RowsError(f"{path}:{number}: column {name!r}: JSON has no such values ({type(value).__name__})")


_READERS: Final[Mapping[str, Callable[[Path], Iterator[tuple[int, dict[str, Any]]]]]] = MappingProxyType(
    {".csv": _csv, ".tsv": _tsv, ".jsonl": _json_lines, ".ndjson": _json_lines, ".parquet": _parquet}
)
SUFFIXES: Final = tuple(_READERS)
"""How the names of files end that can be read."""
