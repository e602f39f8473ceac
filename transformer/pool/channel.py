"""Frames over a worker's socket, from the event loop.

Written for few system calls and few copies: a batch leaves with one `sendmsg` where the socket's buffer allows, and comes in
into one buffer that is kept for the next turn. The buffer grows with what has really arrived, never with what a head claims.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from transformer.wire.frames import HEAD_BYTES, Kind, frame_head, parse_head

__all__ = ["Channel", "HungUpError"]

_START_BYTES: Final = 64 * 1024
_KEEP_BYTES: Final = 4 * 1024 * 1024


class HungUpError(Exception):
    """The peer is gone; there will be no more frames."""


class Channel:
    """One end of a stream socket; owns it. Not for concurrent use."""

    def __init__(self, sock: socket.socket, frame_bytes: int) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._frame_bytes = frame_bytes
        self._buffer = bytearray(_START_BYTES)
        self._start = self._end = 0

    async def send(self, kind: Kind, parts: list[bytes]) -> None:
        """Send one frame. Raises FrameError if it is too large (nothing was sent), HungUpError if the peer is gone."""
        size = sum(map(len, parts))
        parts = [frame_head(kind, size, self._frame_bytes), *parts]
        try:
            try:
                sent = self._sock.sendmsg(parts)
            except BlockingIOError:
                sent = 0
            if sent < size + HEAD_BYTES:
                rest = memoryview(b"".join(parts))[sent:]
                await asyncio.get_running_loop().sock_sendall(self._sock, rest)
        except OSError:
            raise HungUpError from None

    async def receive(self) -> tuple[Kind, memoryview]:
        """The next frame; its body is valid until the next call.

        Raises FrameError if what comes is no frame, HungUpError if the stream ended before one was whole.
        """
        while self._end - self._start < HEAD_BYTES:
            await self._more()
        kind, size = parse_head(memoryview(self._buffer)[self._start : self._start + HEAD_BYTES], self._frame_bytes)
        while self._end - self._start < HEAD_BYTES + size:
            await self._more()
        at = self._start + HEAD_BYTES
        self._start = at + size
        return kind, memoryview(self._buffer)[at : at + size]

    async def _more(self) -> None:
        """Read what there is, at least a byte."""
        if self._start == self._end:
            self._start = self._end = 0
            if len(self._buffer) > _KEEP_BYTES:
                self._buffer = bytearray(_START_BYTES)
        elif self._end == len(self._buffer):
            held = bytes(memoryview(self._buffer)[self._start : self._end])
            if 2 * len(held) > len(self._buffer):
                self._buffer = bytearray(2 * len(self._buffer))
            self._buffer[: len(held)] = held
            self._start, self._end = 0, len(held)
        try:
            got = await asyncio.get_running_loop().sock_recv_into(self._sock, memoryview(self._buffer)[self._end :])
        except OSError:
            got = 0
        if not got:
            raise HungUpError
        self._end += got

    @property
    def hung_up(self) -> bool:
        """Whether the peer is gone, or has sent something that nobody asked for. To be asked between turns."""
        try:
            return self._sock.recv(1, socket.MSG_PEEK) is not None
        except BlockingIOError:
            return self._start != self._end
        except OSError:
            return True

    def close(self) -> None:
        """Hang up."""
        self._sock.close()
