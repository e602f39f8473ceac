"""Frames: how bytes cross the wall between host and worker, in both directions.

A frame is a 4-byte little-endian length, one kind byte, and the body; the length counts kind and body. The limit is checked
before a byte is allocated, and a stream that ends inside a frame is told apart from one that ends between frames.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Final

__all__ = ["HEAD_BYTES", "LOST_HOST", "FrameError", "Kind", "frame_head", "parse_head", "read_frame"]

HEAD_BYTES: Final = 5
LOST_HOST: Final = 74
"""Exit code of a worker that cannot write to its host any more (EX_IOERR of sysexits.h)."""
_HEAD: Final = struct.Struct("<IB")


class Kind(IntEnum):
    """What a frame holds."""

    HELLO = 1
    """worker → host, once: which lockdown steps it verified (JSON)."""

    TURN = 2
    """host → worker: run these steps over these events (`wire/turns.py`)."""

    CHUNK = 3
    """worker → host, any number in a turn: outcomes of some of its events (`wire/turns.py`)."""

    END = 4
    """worker → host, exactly one in a turn: the turn is over (JSON)."""

    MISSING = 5
    """worker → host, instead of any answer: versions whose code it does not hold (JSON list of hashes)."""

    CHECK = 6
    """host → worker: check this code, do not keep it (JSON)."""

    CHECKED = 7
    """worker → host: what the check found (JSON)."""

    ARTEFACT = 8
    """host → worker: what a step of the next turn was compiled to (JSON); one byte with its descriptor follows."""

    CALL = 9
    """worker → host, in a turn: what code asks its host for (`wire/calls.py`)."""

    REPLY = 10
    """host → worker: the answer to a CALL; it may come after the turn, and nobody waits for it then (`wire/calls.py`)."""

    TABLE = 11
    """host → worker: a reference table, for turns from now on (JSON); one byte with its descriptor follows."""


# Calling an enum costs four times as much, and every frame is looked at.
_KINDS: Final = {kind.value: kind for kind in Kind}


class FrameError(Exception):
    """The peer sent something that is no frame; nothing more can be read from it."""


def frame_head(kind: Kind, size: int, limit: int) -> bytes:
    """The head of a frame with a body of `size` bytes. Raises FrameError, before a byte is written, if it is over `limit`."""
    if size + 1 > limit:
        raise FrameError(f"a frame of {size} bytes is over the limit of {limit}")
    return _HEAD.pack(size + 1, kind)


def parse_head(head: bytes | bytearray | memoryview, limit: int) -> tuple[Kind, int]:
    """Kind and body size that a head claims. Raises FrameError if the kind is unknown or the size is over `limit`."""
    size, number = _HEAD.unpack(head)
    if not 1 <= size <= limit:
        raise FrameError(f"the peer claims a frame of {size} bytes; the limit is {limit}")
    kind = _KINDS.get(number)
    if kind is None:
        raise FrameError(f"the peer claims a frame of the unknown kind {number}")
    return kind, size - 1


def read_frame(read: Callable[[int], bytes], limit: int) -> tuple[Kind, bytes] | None:
    """Read one frame with `read(most)`, which returns at least one byte and at most so many, none at the end of the stream.

    Returns None if the stream ended cleanly, between frames. Raises FrameError if it ended inside one, or if the head is wrong.
    """
    head = _read(read, HEAD_BYTES)
    if not head:
        return None
    if len(head) < HEAD_BYTES:
        raise FrameError("the stream ended inside a frame's head")
    kind, size = parse_head(head, limit)
    body = _read(read, size) if size else b""
    if len(body) < size:
        raise FrameError(f"the stream ended {size - len(body)} bytes short of a frame")
    return kind, body


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    part = read(size)
    if len(part) == size or not part:  # nearly always all of it: nothing is copied then
        return part
    parts, left = [part], size - len(part)
    while left and (part := read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
