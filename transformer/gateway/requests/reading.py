"""Bodies as they arrive: bounded one by one and all together, unpacked where they came packed."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from typing import Final

from starlette.types import Message, Receive

from transformer.errors import CallerError, Code, PlatformError
from transformer.gateway.requests.bodies import BadBodyError
from transformer.gateway.requests.calls import Headers

__all__ = ["REST_SECONDS", "Arriving", "Room", "body_of"]

_GZIP: Final = 16 + zlib.MAX_WBITS
_RETRY_SECONDS: Final = 1.0
REST_SECONDS: Final = 5.0
"""For so long a request that is refused is heard out."""


class Room:
    """How much may be held: of one body, and of all at once."""

    def __init__(self, body_bytes: int, held_bytes: int) -> None:
        self.body_bytes = body_bytes
        self._left = held_bytes

    def take(self, size: int) -> int:
        """Hold so many bytes, which are to be given back. Returns them.

        Raises:
            PlatformError: NO_CAPACITY: there is no room now.
        """
        if size > self._left:
            told = "the gateway holds as many bytes of requests as it may (gateway_held_bytes); send it again later"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=_RETRY_SECONDS)
        self._left -= size
        return size

    def give_back(self, size: int) -> None:
        """What was taken is held no more."""
        self._left += size


class Arriving:
    """A `Receive` that knows whether all of the body has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.over = False

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self.over = self.over or message["type"] != "http.request" or not message.get("more_body")
        return message

    async def let_come(self, most: int) -> None:
        """Take what is still to come, and keep nothing of it: who is answered while it sends, may lose the answer.

        Within reason: so many bytes, and some seconds.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                while not self.over and most > 0:
                    most -= len((await self()).get("body", b""))


async def body_of(receive: Receive, headers: Headers, room: Room) -> bytes:
    """The body of a request. One that says how large it is, is refused before it is read.

    Raises:
        CallerError: BATCH_TOO_LARGE; BAD_REQUEST: it is packed in a way that is not known here, or did not arrive.
        PlatformError: NO_CAPACITY.
    """
    said = headers.get("content-length")
    if said.isdecimal() and int(said) > room.body_bytes:
        raise _too_large(room)
    chunks: list[bytes] = []
    held = 0
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise BadBodyError("the body did not arrive as a whole")
            chunk: bytes = message.get("body", b"")
            if held + len(chunk) > room.body_bytes:
                raise _too_large(room)
            held += room.take(len(chunk))
            chunks.append(chunk)
            if not message.get("more_body"):
                break
    finally:
        room.give_back(held)
    return _unpacked(chunks[0] if len(chunks) == 1 else b"".join(chunks), headers, room)


def _unpacked(body: bytes, headers: Headers, room: Room) -> bytes:
    packed = headers.get("content-encoding").strip().lower()
    if packed in {"", "identity"}:
        return body
    if packed != "gzip":
        raise BadBodyError("Content-Encoding: only gzip and identity are known here")
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(body, room.body_bytes + 1)
    except zlib.error:
        raise BadBodyError("the body is not gzip, as Content-Encoding says") from None
    if len(plain) > room.body_bytes:
        raise _too_large(room)
    if not unpacking.eof or unpacking.unused_data:
        raise BadBodyError("the body is not one whole gzip member")
    return plain


def _too_large(room: Room) -> CallerError:
    told = f"the body is larger than {room.body_bytes} bytes (gateway_body_bytes); send smaller batches"
    return CallerError(Code.BATCH_TOO_LARGE, told)
