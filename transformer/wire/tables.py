"""Reference tables as files: rows found by a key, in memory that the host compiled and sealed and that every worker maps.

A file is a constant database, D. J. Bernstein's cdb, which cdbx writes and reads:

    salt | key, UTF-8    row, a JSON object
    ABOUT                magic | salt | rows

Constant: nothing is ever inserted, so there are no pages, locks or freed places, and looking a row up touches two or three
lines of memory. Keys are compared as text, so that 42 of an event finds "42" of a CSV file. The salt comes from the content:
cdb's hash is a simple one, and who writes keys should not know beforehand which of them collide.

Of the embedded stores that were tried (`benchmarks/bench_tables.py`) this is the one that takes a descriptor in place of a
path, looks into mapped memory without pages of its own, and checks every place that a file leads to before it looks there.

The guest imports this file: besides the standard library it may use orjson and cdbx only.
"""

from __future__ import annotations

import mmap
import struct
from typing import Any, Final

import cdbx
import orjson

__all__ = ["ABOUT", "HEAD", "MAGIC", "MAX_BYTES", "MAX_KEY_BYTES", "SALT_BYTES", "Table", "TableError", "key_text"]

MAGIC: Final = b"TXTABLE\x02"
SALT_BYTES: Final = 8
ABOUT: Final = b"\xff"
"""No text begins like this in UTF-8, and every other key is longer."""

HEAD: Final = struct.Struct(f"<8s{SALT_BYTES}sQ")
MAX_KEY_BYTES: Final = 1024
"""Of a key, in UTF-8."""

MAX_BYTES: Final = 2**32 - 1
"""Of a file: places in it are told in 32 bits."""

_MOST_INTEGER: Final = 2.0**63


class TableError(ValueError):
    """The bytes are no table, or a broken one."""


def key_text(key: object) -> str | None:
    """The text that a key is compared as; None for what no key can be."""
    if type(key) is str:
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return str(key) if -(2**63) <= key < 2**64 else None
    if isinstance(key, float):
        return str(int(key)) if -_MOST_INTEGER <= key < _MOST_INTEGER and key == int(key) else None
    return str(key) if isinstance(key, str) else None


class Table:
    """A compiled table, in memory that does not change."""

    __slots__ = ("_find", "_salt", "rows")

    def __init__(self, descriptor: int, memory: Any) -> None:
        """The file behind a descriptor, of which `memory` is the mapping: a buffer with a method `close`, called at the end.

        The descriptor may be closed afterwards; nobody else may move its place in the file meanwhile. Raises TableError: it is
        no table of this size.
        """

        def mapped(*, length: int, **_: object) -> Any:
            if length != len(memory):
                raise TableError("its head does not fit its size")
            return memory

        # cdbx takes its mapping from here. Python's own keeps a second descriptor, which a worker may not have.
        pythons, mmap.mmap = mmap.mmap, mapped  # type: ignore[misc, assignment] # as said
        try:
            found = cdbx.CDB(descriptor, close=False, mmap=True)
        except (OSError, OverflowError):
            raise TableError("it is cut short, or no table") from None
        finally:
            mmap.mmap = pythons  # type: ignore[misc] # as it was
        self._find = found.get
        about = self._at(ABOUT)
        if about is None or len(about) != HEAD.size or not about.startswith(MAGIC):
            raise TableError("it is no table, or one of another version")
        self.rows: int
        self._salt: bytes
        _, self._salt, self.rows = HEAD.unpack(about)

    def __len__(self) -> int:
        return self.rows

    def get(self, key: object, default: Any = None) -> Any:
        """The row of that key, a new dict for each call; `default` where there is none. Raises TableError for a broken file."""
        row = self.get_json(key)
        if row is None:
            return default
        try:
            return orjson.loads(row)
        except orjson.JSONDecodeError:
            raise TableError("a row is no JSON") from None

    def get_json(self, key: object) -> bytes | None:
        """The row of that key as JSON; None where there is none. Raises TableError for a broken file."""
        text = key if type(key) is str else key_text(key)
        if text is None:
            return None
        try:
            wanted = text.encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which no file can hold
            return None
        return self._at(self._salt + wanted)

    def _at(self, key: bytes) -> bytes | None:
        try:
            row: bytes | None = self._find(key)
        except OSError:
            raise TableError("it leads out of itself") from None
        return row
