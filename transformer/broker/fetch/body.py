"""The body of an answer: read to its end or to the limit, whichever comes first, and unpacked no further than that.

What is unpacked is bounded piece by piece, so a bomb costs its limit and no more. Bodies being read count together, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from transformer.wire.calls import CallError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["Bodies"]

_PIECE_BYTES: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_MEMBERS: Final = 64  # a gzip file may be many, one after the other; each costs, whatever it holds
_CODED_OVERHEAD: Final = 1024  # what a coding may add to what it cannot make smaller


class Bodies:
    """The bodies that a server holds.

    Args:
        most: bytes of one body, unpacked.
        held: bytes of all bodies that are being read at once.
    """

    def __init__(self, most: int, held: int) -> None:
        self._most = most
        self._held = held
        self.held = 0
        """Bytes of bodies that are being read now."""

    async def read(self, response: ClientResponse) -> bytes:
        """The body, without its content coding if that is gzip or deflate.

        Raises:
            CallError: it is too large, not what its coding says, or there is no room for it.
            aiohttp.ClientError: it broke off.
        """
        coding = response.headers.get("Content-Encoding", "").strip().lower()
        coded = coding in {"gzip", "x-gzip", "deflate"}
        told = response.content_length if response.method != "HEAD" else None
        if told is not None and told > self._most + (_CODED_OVERHEAD if coded else 0):
            raise self._too_large()
        unpack = _Unpacker(coding, self._most) if coded else None
        found, received = bytearray(), 0
        with self._holding() as hold:
            async for piece in response.content.iter_chunked(_PIECE_BYTES):
                received += len(piece)
                if unpack is None:
                    found += piece
                else:
                    unpack.feed(piece, found)
                if max(len(found), received - _CODED_OVERHEAD) > self._most:
                    raise self._too_large()
                hold(len(found))
            if unpack is not None and received:
                unpack.finish()
            return bytes(found)

    @contextmanager
    def _holding(self) -> Iterator[_Hold]:
        hold = _Hold(self)
        try:
            yield hold
        finally:
            self.held -= hold.size

    def take(self, size: int) -> None:
        """Count what is held. Raises CallError if it is too much."""
        self.held += size
        if self.held > self._held:
            raise CallError("unavailable", "the server reads as many answers of fetch as it may hold (fetch_held_bytes)")

    def _too_large(self) -> CallError:
        return CallError("too_large", f"fetch: the answer is over {self._most} bytes (reply_bytes)", {"why": "response"})


class _Hold:
    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self.size = 0

    def __call__(self, size: int) -> None:
        more, self.size = size - self.size, size
        self._bodies.take(more)


class _Unpacker:
    def __init__(self, coding: str, most: int) -> None:
        self._coding = coding
        self._most = most
        self._members = 0
        self._inflate: zlib._Decompress | None = None

    def feed(self, piece: bytes, into: bytearray) -> None:
        """Unpack a piece; stops one byte beyond the limit."""
        while piece:
            if self._inflate is None:
                self._inflate = self._begin(piece)
            try:
                into += self._inflate.decompress(piece, self._most + 1 - len(into))
            except zlib.error:
                raise CallError("connection", "fetch: the answer is not in its Content-Encoding", {"why": "closed"}) from None
            if len(into) > self._most:
                return
            if not self._inflate.eof:
                return
            piece = self._inflate.unused_data
            self._inflate = None
            if self._coding == "deflate" or not piece.strip(b"\0"):
                return

    def finish(self) -> None:
        """Nothing more comes. Raises CallError if something should have."""
        if self._inflate is not None:
            raise CallError("connection", "fetch: the answer ended in the middle of its Content-Encoding", {"why": "closed"})

    def _begin(self, piece: bytes) -> zlib._Decompress:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise CallError("connection", f"fetch: the answer has more than {_MOST_MEMBERS} gzip members", {"why": "closed"})
        if self._coding != "deflate":
            return zlib.decompressobj(_GZIP)
        # Deflate comes with a zlib head, as it should, or without one: the low four bits of a head are an 8.
        return zlib.decompressobj() if piece[0] & 0x0F == 8 else zlib.decompressobj(-zlib.MAX_WBITS)
