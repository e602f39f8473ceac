"""Reference tables as files: rows found by a key, in memory that the host compiled and sealed and that every worker maps.

    head     magic | salt | rows | slots | where the slots begin | longest probe
    records  u32 key size | u32 row size | key, UTF-8 | row, a JSON object
    slots    a power of two of u64: 24 bits of the key's hash, 40 bits where its record begins; 0 for none; probed in line

Constant: nothing is ever inserted, so there are no pages, locks or freed places, and looking a row up touches two or three
lines of memory. Keys are compared as text, so that 42 of an event finds "42" of a CSV file. The hash is salted with the
content, so that who writes keys cannot make them collide.

The reader trusts no length in a file: whatever is in it, it reads within the file and ends after the longest probe.

The guest imports this file: besides the standard library it may use orjson only.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Any, Final

import orjson

__all__ = ["HEAD", "MAGIC", "MAX_KEY_BYTES", "OFFSET_BITS", "SALT_BYTES", "Table", "TableError", "hash_of", "key_text"]

MAGIC: Final = b"TXTABLE\x01"
SALT_BYTES: Final = 16
HEAD: Final = struct.Struct(f"<8s{SALT_BYTES}sQQQII")
OFFSET_BITS: Final = 40
MAX_KEY_BYTES: Final = 1024
"""Of a key, in UTF-8."""

_RECORD: Final = struct.Struct("<II")
_SLOT: Final = struct.Struct("<Q")
_OFFSET: Final = (1 << OFFSET_BITS) - 1
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


def hash_of(key: bytes, salt: bytes) -> int:
    """64 bits: the upper 24 are kept beside the place of the record, the lower ones say where to look first."""
    return int.from_bytes(blake2b(key, digest_size=8, key=salt).digest(), "little")


class Table:
    """A compiled table, in memory that belongs to somebody else and does not change."""

    __slots__ = ("_longest", "_mask", "_salt", "_size", "_slots_at", "_view", "rows")

    def __init__(self, view: memoryview) -> None:
        """Raises TableError: the head is not that of a table of this size."""
        try:
            magic, salt, rows, slots, slots_at, longest, _ = HEAD.unpack_from(view)
        except struct.error:
            raise TableError("it is cut short") from None
        if magic != MAGIC:
            raise TableError("it is no table, or one of another version")
        fits = slots_at >= HEAD.size and not slots_at % _SLOT.size and slots_at + slots * _SLOT.size == len(view)
        if not fits or slots < 1 or slots & (slots - 1) or rows >= slots or longest > rows:
            raise TableError("its head does not fit its size")
        self.rows: int = rows
        self._view = view
        self._size: int = slots_at
        self._salt: bytes = salt
        self._mask: int = slots - 1
        self._slots_at: int = slots_at
        self._longest: int = longest

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
        view, hashed = self._view, hash_of(wanted, self._salt)
        tag, at, mask = hashed >> OFFSET_BITS, hashed & self._mask, self._mask
        for _ in range(self._longest):
            (slot,) = _SLOT.unpack_from(view, self._slots_at + at * 8)
            if not slot:
                return None
            if slot >> OFFSET_BITS == tag:
                begin = (slot & _OFFSET) + 8
                if not HEAD.size + 8 <= begin <= self._size:
                    raise TableError("a slot leads nowhere")
                key_size, row_size = _RECORD.unpack_from(view, begin - 8)
                end = begin + key_size
                if end + row_size > self._size:
                    raise TableError("a record does not end within the file")
                if view[begin:end] == wanted:
                    return bytes(view[end : end + row_size])
            at = (at + 1) & mask
        return None
