"""What passes between a watch and its inspector: lists of byte strings, the first of them a JSON object."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

import orjson

__all__ = ["HEAD", "MAX_BYTES", "PartsError", "pack", "unpack"]

HEAD: Final = struct.Struct("<I")
"""Before the parts: how many bytes follow."""

MAX_BYTES: Final = 64 * 2**20


class PartsError(ValueError):
    """The peer sent something else."""


def pack(header: dict[str, Any], *blobs: bytes) -> bytes:
    """A message. Raises TypeError where the header cannot be JSON, PartsError where it is all too large."""
    parts = (orjson.dumps(header), *blobs)
    sizes = struct.pack(f"<{len(parts) + 1}I", len(parts), *map(len, parts))
    total = len(sizes) + sum(map(len, parts))
    if total > MAX_BYTES:
        raise PartsError(f"{total} bytes")
    return b"".join((HEAD.pack(total), sizes, *parts))


def unpack(body: bytes) -> tuple[dict[str, Any], Sequence[bytes]]:
    """Header and blobs of a message without its head. Raises PartsError."""
    try:
        (count,) = HEAD.unpack_from(body)
        sizes = struct.unpack_from(f"<{count}I", body, HEAD.size)
        at = HEAD.size * (count + 1)
        if not count or at + sum(sizes) != len(body):
            raise PartsError(f"{len(body)} bytes")
        parts = []
        for size in sizes:
            parts.append(body[at : at + size])
            at += size
        header = orjson.loads(parts[0])
    except (struct.error, orjson.JSONDecodeError):
        raise PartsError(f"{len(body)} bytes") from None
    if not isinstance(header, dict):
        raise PartsError(f"{len(body)} bytes")
    return header, parts[1:]
