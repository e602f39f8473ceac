"""Lists in pages: how many entries, and where the last page ended.

A token tells the position after which the next page starts, not how many entries to skip, so entries that come and go in
between never repeat or hide others. It belongs to one list: a token of another list, or a changed one, is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Generic, TypeVar

from transformer.errors import CallerError
from transformer.registry.records import Page

__all__ = ["DEFAULT_SIZE", "MAX_SIZE", "Window"]

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 1000
_SEAL_BYTES: Final = 8

Item = TypeVar("Item")
Position = TypeVar("Position", str, int)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Window(Generic[Position]):
    """One page of the list that `listing` names: up to `size` entries after the position `after`."""

    listing: str
    size: int
    after: Position

    @classmethod
    def of(cls, listing: str, size: int, token: str, start: Position) -> Window[Position]:
        """The window that a request asks for; `start` is the position before the first page.

        Raises:
            CallerError: BAD_REQUEST: a size that is negative or over 1000, or a token that this list did not give.
        """
        if not 0 <= size <= MAX_SIZE:
            raise CallerError.about("page_size", f"{size} is not allowed; 0 for {DEFAULT_SIZE}, at most {MAX_SIZE}")
        return cls(listing, size or DEFAULT_SIZE, _position(listing, token, start) if token else start)

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page, to know whether there is another."""
        return self.size + 1

    def page(self, rows: Sequence[Row], record: Callable[[Row], Item], position: Callable[[Row], Position]) -> Page[Item]:
        """The page that `rows`, up to `limit` of them, make."""
        shown = rows[: self.size]
        token = _token(self.listing, position(shown[-1])) if len(rows) > self.size else ""
        return Page([record(row) for row in shown], token)


def _token(listing: str, position: str | int) -> str:
    body = json.dumps(position).encode()
    return base64.urlsafe_b64encode(_seal(listing, body) + body).decode().rstrip("=")


def _position(listing: str, token: str, start: Position) -> Position:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        seal, body = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if seal == _seal(listing, body):
            position = json.loads(body)
            # The second test: two texts may stand for the same bytes, and only ours is ours.
            if type(position) is type(start) and token == _token(listing, position):
                return position
    except (ValueError, binascii.Error):
        pass
    raise CallerError.about(
        "page_token", "is not a token of this list; send next_page_token of its last page unchanged, or nothing"
    )


def _seal(listing: str, body: bytes) -> bytes:
    return sha256(listing.encode() + b"\0" + body).digest()[:_SEAL_BYTES]
