"""Frames over a worker's socket, from the event loop.

Written for few system calls and few copies: a batch leaves with one `sendmsg` where the socket's buffer allows, and what comes
in is read by one callback that stays registered for the worker's life, into one buffer that is kept for the next turn. It
grows with what has really arrived, never with what a head claims, and not at all while nobody waits for a frame.
"""

from __future__ import annotations

import asyncio
import socket
from array import array
from collections.abc import Sequence
from typing import Final

from transformer.wire.frames import HEAD_BYTES, Kind, frame_head, parse_head

__all__ = ["Channel", "HungUpError"]

_START_BYTES: Final = 64 * 1024
_KEEP_BYTES: Final = 4 * 1024 * 1024


class HungUpError(Exception):
    """The peer is gone; there will be no more frames."""


class Channel:
    """One end of a stream socket; owns it. `send` and `receive` are for one task at a time."""

    def __init__(self, sock: socket.socket, frame_bytes: int) -> None:
        sock.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._frame_bytes = frame_bytes
        self._buffer = bytearray(_START_BYTES)
        self._start = self._end = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._reading = False
        self._read()

    async def send(self, kind: Kind, parts: list[bytes]) -> None:
        """Send one frame. Raises FrameError if it is too large (nothing was sent), HungUpError if the peer is gone."""
        size = sum(map(len, parts))
        parts = [frame_head(kind, size, self._frame_bytes), *parts]
        sent = self._try(parts)
        if sent < size + HEAD_BYTES:
            await self._send_rest(parts, sent)

    async def send_all(self, kind: Kind, bodies: Sequence[list[bytes]]) -> None:
        """Send a frame of this kind for each body, at once. Raises as `send` does."""
        whole = b"".join(
            [piece for parts in bodies for piece in (frame_head(kind, sum(map(len, parts)), self._frame_bytes), *parts)]
        )
        sent = self._try([whole])
        if sent < len(whole):
            await self._send_rest([whole], sent)

    def _try(self, parts: list[bytes]) -> int:
        """How many bytes the socket took at once: nearly always all."""
        try:
            return self._sock.sendmsg(parts)
        except BlockingIOError:
            return 0
        except OSError:
            raise HungUpError from None

    async def _send_rest(self, parts: list[bytes], sent: int) -> None:
        try:
            for part in parts:
                if sent < len(part):
                    await self._loop.sock_sendall(self._sock, memoryview(part)[sent:])
                sent = max(0, sent - len(part))
        except OSError:
            raise HungUpError from None

    async def pass_on(self, descriptors: Sequence[int]) -> None:
        """Give the peer these descriptors, too, with one byte that a frame has announced. Raises HungUpError."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))]
        while True:
            try:
                self._sock.sendmsg([b"\0"], rights)
            except BlockingIOError:
                await self._room_to_send()
            except OSError:
                raise HungUpError from None
            else:
                return

    async def receive(self) -> tuple[Kind, memoryview]:
        """The next frame; its body is valid until the next call.

        Raises FrameError if what comes is no frame, HungUpError if the stream ended before one was whole.
        """
        while True:
            held = self._end - self._start
            if held >= HEAD_BYTES:
                at = self._start + HEAD_BYTES
                kind, size = parse_head(memoryview(self._buffer)[self._start : at], self._frame_bytes)
                if held >= HEAD_BYTES + size:
                    self._start = at + size
                    return kind, memoryview(self._buffer)[at : self._start]
            if self._ended:
                raise HungUpError
            self._make_room()
            self._read()
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    @property
    def hung_up(self) -> bool:
        """Whether the peer is gone, or has sent something that nobody asked for. To be asked between turns."""
        return self._ended or self._start != self._end

    def close(self) -> None:
        """Hang up. Whoever waits in `receive` finds the stream ended. Idempotent."""
        self._end_of_stream()
        self._sock.close()

    def _make_room(self) -> None:
        """Move what is held to the front. Only `receive` may: the caller is done with the frame before."""
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

    def _read(self) -> None:
        if not self._reading and not self._ended:
            self._loop.add_reader(self._sock, self._readable)
            self._reading = True

    async def _room_to_send(self) -> None:
        room = asyncio.Event()
        self._loop.add_writer(self._sock, room.set)
        try:
            await room.wait()
        finally:
            self._loop.remove_writer(self._sock)

    def _pause(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._sock)
            self._reading = False

    def _readable(self) -> None:
        if self._end == len(self._buffer):
            self._pause()  # nobody has taken what is there: the peer waits
            return
        try:
            got = self._sock.recv_into(memoryview(self._buffer)[self._end :])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            got = 0
        if got:
            self._end += got
            self._wake()
        else:
            self._end_of_stream()

    def _end_of_stream(self) -> None:
        self._ended = True
        self._pause()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
