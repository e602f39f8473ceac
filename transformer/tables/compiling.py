"""Rows become a table file. `python -m transformer.tables.compiling` is a process that does it, for the server.

In memory there is one row at a time, and eight bytes for each: records are written as they come, and read again for their
hashes, whose salt is the hash of all of them.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import resource
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from transformer.wire.tables import HEAD, MAGIC, MAX_KEY_BYTES, OFFSET_BITS, SALT_BYTES, hash_of, key_text

__all__ = ["MAX_COLUMNS", "MAX_ROW_BYTES", "Compiled", "RowsError", "compile_lines", "compile_rows"]

MAX_ROW_BYTES: Final = 1 << 20
MAX_COLUMNS: Final = 1000
_PIECE: Final = 1 << 20
_NICE: Final = 10
_MEMORY_BYTES: Final = 512 * 2**20
"""Beside what each row takes: its place, and two slots."""
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
    """Compile rows, JSON objects one in each line, into an empty file that can be read and written.

    Raises:
        RowsError: a row is wrong, two have one key, or there are too many.
    """
    into.write(bytes(HEAD.size))
    offsets = array("Q")
    content = sha256(len(key.encode()).to_bytes(8, "little") + key.encode())
    kinds: dict[str, set[str]] = {}
    at = HEAD.size
    for number, line in _lines(lines):
        found, row = _row(line, number, key, kinds)
        record = b"".join((len(found).to_bytes(4, "little"), len(row).to_bytes(4, "little"), found, row))
        content.update(record)
        into.write(record)
        offsets.append(at)
        at += len(record)
        if len(offsets) > max_rows:
            raise RowsError(f"there are more than {max_rows} rows")
        if at > max_bytes:
            raise RowsError(f"the rows take more than {max_bytes} bytes")
    into.write(bytes(-at % 8))
    slots_at = at + -at % 8
    salt = content.digest()[:SALT_BYTES]
    slots, longest = _slots(into, offsets, salt)
    slots.tofile(into) if isinstance(into, io.FileIO | io.BufferedRandom) else into.write(slots.tobytes())
    into.seek(0)
    into.write(HEAD.pack(MAGIC, salt, len(offsets), len(slots), slots_at, longest, 0))
    into.flush()
    into.seek(0)
    digest = sha256()
    while piece := into.read(_PIECE):
        digest.update(piece)
    columns = tuple((name, ",".join(sorted(found))) for name, found in sorted(kinds.items()))
    return Compiled(len(offsets), slots_at + 8 * len(slots), content.hexdigest(), digest.hexdigest(), columns)


def compile_rows(rows: Iterable[Mapping[str, Any]], key: str) -> bytes:
    """The table file of some rows, in memory: for fixtures and tests. Raises RowsError; `line` in it counts rows."""
    lines = io.BytesIO(b"".join(orjson.dumps(dict(row)) + b"\n" for row in rows))
    into = io.BytesIO()
    compile_lines(lines, key, into, 2**32, 2**32)
    return into.getvalue()


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
    text = key_text(row[key])
    if text is None:
        raise RowsError(f'line {number}: "{key}" is the key, and has to be a string, an integer or a boolean')
    found = text.encode()
    if len(found) > MAX_KEY_BYTES:
        raise RowsError(f"line {number}: the key has {len(found)} bytes; at most {MAX_KEY_BYTES}")
    for name, value in row.items():
        kinds.setdefault(name, set()).add(_KINDS.get(type(value), "json"))
    if len(kinds) > MAX_COLUMNS:
        raise RowsError(f"line {number}: the rows have more than {MAX_COLUMNS} different fields")
    return found, orjson.dumps(row)


def _slots(file: BinaryIO, offsets: array[int], salt: bytes) -> tuple[array[int], int]:
    """The slots, and the longest way to a record. Raises RowsError for a key that is there twice."""
    size = 1 << max(1, (len(offsets) * 4 // 3).bit_length())
    mask, tags, longest = size - 1, ~((1 << OFFSET_BITS) - 1), 0
    slots = array("Q", bytes(8 * size))
    with ExitStack() as stack:
        view: Any
        if isinstance(file, io.BytesIO):
            view = file.getvalue()
        else:
            file.flush()
            view = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        place = (1 << OFFSET_BITS) - 1

        def key_at(at: int) -> bytes:
            return bytes(view[at + 8 : at + 8 + int.from_bytes(view[at : at + 4], "little")])

        for index, offset in enumerate(offsets):
            key = key_at(offset)
            hashed = hash_of(key, salt)
            at, tag, way = hashed & mask, hashed & tags, 1
            while slot := slots[at]:
                if slot & tags == tag and key_at(slot & place) == key:
                    first = offsets.index(slot & place)
                    raise RowsError(f"rows {first + 1} and {index + 1} have the same key; every row has its own")
                at = (at + 1) & mask
                way += 1
            slots[at] = tag | offset
            longest = max(longest, way)
    if sys.byteorder == "big":
        slots.byteswap()
    return slots, longest


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
