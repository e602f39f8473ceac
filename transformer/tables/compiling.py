"""Rows become a table file. `python -m transformer.tables.compiling` is a process that does it, for the server.

In memory there is one row at a time, and its place in the file: a record is written as it comes, and the places at the end.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import cdbx
import orjson

from transformer.wire.tables import ABOUT, HEAD, MAGIC, MAX_BYTES, MAX_KEY_BYTES, SALT_BYTES, key_text

__all__ = [
    "MAX_COLUMNS",
    "MAX_COLUMN_CHARACTERS",
    "MAX_ROW_BYTES",
    "Compiled",
    "RowsError",
    "compile_lines",
    "compile_rows",
    "key_bytes",
]

MAX_ROW_BYTES: Final = 1 << 20
MAX_COLUMNS: Final = 1000
MAX_COLUMN_CHARACTERS: Final = 200
"""Of a name, as in the request that names the key: who asks for a table is told all of them."""
_PIECE: Final = 1 << 20
_NICE: Final = 10
_MEMORY_BYTES: Final = 512 * 2**20
"""Beside what each row takes: its place, and again when places are sorted."""
_FIXED_BYTES: Final = 2048 + 24 + len(ABOUT) + HEAD.size
"""Of a table without rows: 256 pairs of numbers, and the record that says what it is."""
_ROW_BYTES: Final = 24 + SALT_BYTES
"""Beside key and row: two sizes, two places."""
_KINDS: Final = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class RowsError(ValueError):
    """A row is wrong: the message says which line, and what about it, but not what is in it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of rows. `columns`: names and kinds of values; `content_hash`: of key and rows; `digest`: of the file."""

    rows: int
    size: int
    content_hash: str
    digest: str
    columns: tuple[tuple[str, str], ...]


def compile_lines(lines: BinaryIO, key: str, into: BinaryIO, max_rows: int, max_bytes: int) -> Compiled:
    """Compile rows, JSON objects one in each line, into an empty file that can be read and written, and has a descriptor.

    Raises:
        RowsError: a row is wrong, two have one key, or there are too many.
    """
    salt = _digest(lines)[:SALT_BYTES]
    maker = cdbx.CDB.make(into.fileno(), close=False)
    content = sha256(len(key.encode()).to_bytes(8, "little") + key.encode())
    kinds: dict[str, set[str]] = {}
    rows, size = 0, _FIXED_BYTES
    for number, line in _lines(lines):
        found, row = _row(line, number, key, kinds)
        content.update(len(found).to_bytes(4, "little") + len(row).to_bytes(4, "little") + found + row)
        rows, size = rows + 1, size + _ROW_BYTES + len(found) + len(row)
        if rows > max_rows:
            raise RowsError(f"there are more than {max_rows} rows")
        if size > min(max_bytes, MAX_BYTES):
            raise RowsError(f"the rows take more than {min(max_bytes, MAX_BYTES)} bytes")
        maker.add(salt + found, row)
    maker.add(ABOUT, HEAD.pack(MAGIC, salt, rows))
    table = maker.commit()
    if len(table) != rows + 1:
        raise RowsError(_twice(table))
    columns = tuple((name, ",".join(sorted(found))) for name, found in sorted(kinds.items()))
    digest = _digest(into)
    return Compiled(rows, into.seek(0, io.SEEK_END), content.hexdigest(), digest.hex(), columns)


def compile_rows(rows: Iterable[Mapping[str, Any]], key: str) -> bytes:
    """The table file of some rows, in memory: for fixtures and tests. Raises RowsError; `line` in it counts rows."""
    lines = io.BytesIO(b"".join(orjson.dumps(dict(row)) + b"\n" for row in rows))
    with TemporaryFile(buffering=0) as into:
        compile_lines(lines, key, into, 2**32, MAX_BYTES)
        into.seek(0)
        return into.read()


def key_bytes(value: object, key: str) -> bytes:
    """A value as the key of its row. Raises RowsError, without the row's place: it can be none."""
    text = key_text(value)
    if text is None:
        raise RowsError(f'"{key}" is the key, and has to be a string, an integer or a boolean')
    found = text.encode()
    if len(found) > MAX_KEY_BYTES:
        raise RowsError(f"the key has {len(found)} bytes; at most {MAX_KEY_BYTES}")
    return found


def _check_column(name: str, number: int, count: int) -> None:
    if len(name) > MAX_COLUMN_CHARACTERS:
        raise RowsError(f"line {number}: the name of a field has more than {MAX_COLUMN_CHARACTERS} characters")
    if count > MAX_COLUMNS:
        raise RowsError(f"line {number}: the rows have more than {MAX_COLUMNS} different fields")


def _digest(file: BinaryIO) -> bytes:
    """The SHA-256 of a file, which is at its beginning afterwards."""
    file.seek(0)
    digest = sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    file.seek(0)
    return digest.digest()


def _twice(table: Any) -> str:
    """What is wrong with a table that has a key twice."""
    same = next(key for key in table.keys() if len(table.get(key, all=True)) > 1)  # noqa: SIM118 - no dict
    numbers = (number for number, key in enumerate(table.keys(all=True), 1) if key == same)
    first, again = next(numbers), next(numbers)
    return f"rows {first} and {again} have the same key; every row has its own"


def _lines(lines: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := lines.readline(MAX_ROW_BYTES + 2):
        number += 1
        if len(line) > MAX_ROW_BYTES + 1 or (len(line) > MAX_ROW_BYTES and not line.endswith(b"\n")):
            raise RowsError(f"line {number}: the row has more than {MAX_ROW_BYTES} bytes")
        if line := line.strip():
            yield number, line


def _row(line: bytes, number: int, key: str, kinds: dict[str, set[str]]) -> tuple[bytes, bytes]:
    """The key and the JSON of a row. Notes the kinds of its values."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise RowsError(f"line {number}: this is no JSON in UTF-8") from None
    if not isinstance(row, dict):
        raise RowsError(f"line {number}: a row is a JSON object")
    if key not in row:
        raise RowsError(f'line {number}: the row has no "{key}", which is the key')
    try:
        found = key_bytes(row[key], key)
    except RowsError as wrong:
        raise RowsError(f"line {number}: {wrong}") from None
    for name, value in row.items():
        if name not in kinds:
            _check_column(name, number, len(kinds) + 1)
            kinds[name] = set()
        kinds[name].add(_KINDS.get(type(value), "json"))
    return found, orjson.dumps(row)


def _main(source: str, target: str, key: str, max_rows: int, max_bytes: int) -> dict[str, Any]:
    try:
        with Path(source).open("rb") as lines, Path(target).open("xb+") as into:
            done = compile_lines(lines, key, into, max_rows, max_bytes)
    except RowsError as wrong:
        return {"wrong": str(wrong)}
    return {name: getattr(done, name) for name in Compiled.__slots__}


if __name__ == "__main__":
    os.nice(_NICE)  # batches come first
    _source, _target, _key, _rows, _bytes = sys.argv[1:]
    _memory = _MEMORY_BYTES + 32 * int(_rows)
    resource.setrlimit(resource.RLIMIT_DATA, (_memory, _memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(_main(_source, _target, _key, int(_rows), int(_bytes))))
