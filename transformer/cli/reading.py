"""Read events, one JSON object per line, from a file or a pipe of any length, in batches and in bounded memory.

Lines are not parsed: a line that is no event becomes an event that fails, in the same words as everywhere else. Nothing here
blocks for longer than a moment, so reading can be given up: the descriptor is asked whether it has something first.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from transformer.cli.exits import CommandError
from transformer.cli.talk import say
from transformer.limits import Limits

__all__ = ["EventReader", "Lines", "identity", "metadata_of", "opened"]

_BLOCK: Final = 256 * 1024
_BATCH_BYTES: Final = 4 * 1024 * 1024
"""A batch is not filled beyond this, whatever it may hold: a few are in memory at once."""

_PAUSE_SECONDS: Final = 0.2
"""A batch that is not full goes on its way when nothing more came for this long."""


@dataclass(slots=True)
class Lines:
    """Some events and the numbers, from 1, of the lines they stood in."""

    numbers: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)


@contextmanager
def opened(path: Path | None) -> Generator[int]:
    """The descriptor to read events from: of `path`, or of stdin. Raises CommandError if the file cannot be opened."""
    if path is None or str(path) == "-":
        if sys.stdin is None:
            raise CommandError("there is no standard input to read events from; name a file with --events")
        if sys.stdin.isatty():
            say("reading events from the terminal, one JSON object per line; Ctrl-D ends them")
        yield sys.stdin.fileno()
        return
    if path.is_dir():
        raise CommandError(f"{path}: is a folder; name a file of events")
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as wrong:
        raise CommandError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class EventReader:
    """Reads lines from a descriptor; blank ones count but are no events.

    A line longer than an event may be is cut one byte behind the limit and the rest is skipped: it fails, and takes no memory.
    """

    def __init__(self, descriptor: int, limits: Limits, batch_events: int) -> None:
        self._descriptor = descriptor
        self._longest = limits.event_bytes + 1
        self._most_events = batch_events
        self._most_bytes = min(limits.batch_bytes, _BATCH_BYTES)
        self._given_up = threading.Event()
        self._source = self._batches()

    async def batches(self) -> AsyncGenerator[Lines]:
        """The batches, each as soon as it is full or the input pauses. The reading thread ends with the iterator."""
        try:
            while (lines := await asyncio.to_thread(next, self._source, None)) is not None:
                yield lines
        finally:
            self._given_up.set()

    def _batches(self) -> Generator[Lines]:
        lines, size = Lines(), 0
        for number, line in self._lines():
            if lines.payloads and (
                line is None or size + len(line) > self._most_bytes or len(lines.payloads) == self._most_events
            ):
                yield lines
                lines, size = Lines(), 0
            if line:
                lines.numbers.append(number)
                lines.payloads.append(line)
                size += len(line)
        if lines.payloads:
            yield lines

    def _lines(self) -> Generator[tuple[int, bytes | None]]:
        """Each line with its number; None for a pause in the input."""
        number, rest = 0, b""
        for block in self._blocks():
            if block is None:
                yield number, None
                continue
            *complete, rest = (rest + block).split(b"\n")
            for line in complete:
                number += 1
                yield number, self._trimmed(line, number)
            rest = rest[: self._longest]
        if rest:
            yield number + 1, self._trimmed(rest, number + 1)

    def _trimmed(self, line: bytes, number: int) -> bytes:
        if len(line) >= self._longest:
            return line[: self._longest]
        return (line.removeprefix(BOM_UTF8) if number == 1 else line).strip()

    def _blocks(self) -> Generator[bytes | None]:
        while not self._given_up.is_set():
            ready, _, _ = select.select([self._descriptor], [], [], _PAUSE_SECONDS)
            if not ready:
                yield None
            elif block := os.read(self._descriptor, _BLOCK):
                yield block
            else:
                return


def identity(payload: bytes) -> tuple[str, str]:
    """What a data plane knows of an event: its messageId, and the user that it belongs to. "" where the event does not say."""
    try:
        event: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return "", ""
    if not isinstance(event, dict):
        return "", ""
    message_id, user = event.get("messageId"), event.get("userId") or event.get("anonymousId")
    return message_id if isinstance(message_id, str) else "", user if isinstance(user, str) else ""


def metadata_of(payloads: list[bytes]) -> list[dict[str, Any]]:
    """The metadata that a data plane would send with these events, as user code reads it."""
    found = []
    for payload in payloads:
        message_id, user = identity(payload)
        own = {"messageId": message_id} if message_id else {}
        found.append({**own, "orderingKey": user} if user else own)
    return found
