"""A client that takes as little of the machine as it can: gRPC over HTTP/2 frames by hand, for one request sent over and over.

It has to offer thousands of requests a second beside the service, on the same cores. gRPC's own client for Python takes a
quarter of a millisecond of CPU for each, so at ten times the service's capacity it takes the machine and measures itself. This
one takes some 20 µs: the header block is the same bytes every time, answers come without header compression (HEADER_TABLE_SIZE
is 0), and a status is found by its name. It keeps what a peer has to keep: both flow control windows, SETTINGS, PING, the
bound on open streams.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from typing import Self, cast

from benchmarks.echo import METHOD

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_ACK = _END_STREAM = 1
_END_HEADERS = 4
_MOST = 2**31 - 1
_DEFAULT_WINDOW = 65_535
_HEAD = struct.Struct(">I B I")  # length and type, flags, stream
_STATUS = b"\x0bgrpc-status"
_NAMES = {
    1: "CANCELLED",
    2: "UNKNOWN",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    8: "RESOURCE_EXHAUSTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
}

Told = Callable[[str, bytes], None]
"""What is called at the end of a call: the name of its status, and the message, if it is OK."""


class _Stream:
    """A call that has no status yet. `rest` is what its windows have not let out."""

    __slots__ = ("body", "rest", "told", "window")

    def __init__(self, told: Told, window: int) -> None:
        self.told = told
        self.window = window
        self.rest = b""
        self.body: list[bytes] = []


class Caller(asyncio.Protocol):
    """One connection: `call` begins a call and returns; whoever called is told its end, once."""

    def __init__(self, address: str, request: bytes, patience: float) -> None:
        self._block = _block(address, patience)
        self._message = struct.pack(">BI", 0, len(request)) + request
        self._streams: dict[int, _Stream] = {}
        self._stalled: deque[int] = deque()
        self._ends: deque[tuple[float, int]] = deque()
        self._patience = patience
        self._next = 1
        self._left = b""
        self._window = self._first_window = _DEFAULT_WINDOW
        self._taken = 0
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def connect(cls, address: str, request: bytes, patience: float) -> Self:
        """Connected. Its calls give up after `patience` seconds."""
        host, _, port = address.rpartition(":")
        _, caller = await asyncio.get_running_loop().create_connection(lambda: cls(address, request, patience), host, int(port))
        return caller

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def open(self) -> int:
        """How many calls have not ended."""
        return len(self._streams)

    def call(self, told: Told) -> None:
        """Begin a call. It leaves with the next `flush`. Without a connection any more, it ends at once."""
        if self._transport is None:
            told("UNAVAILABLE", b"")
            return
        number, self._next = self._next, self._next + 2
        stream = self._streams[number] = _Stream(told, self._first_window)
        self._out.append(_frame(_HEADERS, _END_HEADERS, number, self._block))
        self._ends.append((self._loop.time() + self._patience, number))
        stream.rest = self._message
        self._send_rest(number, stream)

    def flush(self) -> None:
        """Send what was begun, and give up what has waited for its time."""
        if self._transport is None:
            return
        now = self._loop.time()
        while self._ends and self._ends[0][0] <= now:
            _, number = self._ends.popleft()
            if number in self._streams:
                self._out.append(_frame(_RST, 0, number, struct.pack(">I", 8)))
                self._end(number, "DEADLINE_EXCEEDED")
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        transport = self._transport
        # No table for header compression, no push; the largest windows, so that answers never wait for us.
        told = struct.pack(">HIHIHI", 1, 0, 2, 0, 4, _MOST)
        grown = struct.pack(">I", _MOST - _DEFAULT_WINDOW)
        transport.write(_PREFACE + _frame(_SETTINGS, 0, 0, told) + _frame(_WINDOW, 0, 0, grown))

    def connection_lost(self, _: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._transport = None
        for number in list(self._streams):
            self._end(number, "UNAVAILABLE")

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        data = self._left + data if self._left else data
        at, whole = 0, len(data)
        while at + 9 <= whole:
            packed, flags, number = _HEAD.unpack_from(data, at)
            end = at + 9 + (packed >> 8)
            if end > whole:
                break
            self._take(packed & 255, flags, number & _MOST, data[at + 9 : end])
            at = end
        self._left = data[at:]
        self.flush()

    def _take(self, kind: int, flags: int, number: int, body: bytes) -> None:
        if kind == _DATA:
            self._taken += len(body)
            if self._taken > _MOST // 2:
                self._out.append(_frame(_WINDOW, 0, 0, struct.pack(">I", self._taken)))
                self._taken = 0
            if number in self._streams:
                self._streams[number].body.append(body)
        elif kind == _HEADERS:
            if flags & _END_STREAM:
                self._end(number, _status(body))
        elif kind == _RST:
            self._end(number, f"RST_{struct.unpack('>I', body)[0]}")
        elif kind == _WINDOW:
            self._grow(number, struct.unpack(">I", body)[0])
        elif kind == _SETTINGS and not flags & _ACK:
            self._settle(body)
        elif kind == _PING and not flags & _ACK:
            self._out.append(_frame(_PING, _ACK, 0, body))
        elif kind == _GOAWAY:
            self.close()

    def _settle(self, body: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", body):
            if name == 4:
                more, self._first_window = value - self._first_window, value
                for stream in self._streams.values():
                    stream.window += more
            assert name != 3 or value > 10_000, "the bound on open streams is not looked at here"
        self._out.append(_frame(_SETTINGS, _ACK, 0, b""))
        self._resume()

    def _grow(self, number: int, by: int) -> None:
        if not number:
            self._window += by
            self._resume()
        elif number in self._streams:
            self._streams[number].window += by
            self._resume()

    def _resume(self) -> None:
        for number in [self._stalled.popleft() for _ in range(len(self._stalled))]:
            if stream := self._streams.get(number):
                self._send_rest(number, stream)

    def _send_rest(self, number: int, stream: _Stream) -> None:
        while stream.rest:
            size = min(len(stream.rest), self._window, stream.window, 16_384)
            if size <= 0:
                self._stalled.append(number)
                return
            part, stream.rest = stream.rest[:size], stream.rest[size:]
            self._window -= size
            stream.window -= size
            self._out.append(_frame(_DATA, 0 if stream.rest else _END_STREAM, number, part))

    def _end(self, number: int, status: str) -> None:
        if (stream := self._streams.pop(number, None)) is not None:
            stream.told(status, b"".join(stream.body)[5:])


def _frame(kind: int, flags: int, number: int, body: bytes) -> bytes:
    return _HEAD.pack(len(body) << 8 | kind, flags, number) + body


def _block(address: str, patience: float) -> bytes:
    """The headers of a call, each one written out."""
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": METHOD,
        ":authority": address,
        "te": "trailers",
        "content-type": "application/grpc",
        "user-agent": "transformer-benchmark",
        "grpc-timeout": f"{round(patience * 1000)}m",
    }
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers.items())


def _text(text: str) -> bytes:
    assert len(text) < 127
    return bytes([len(text)]) + text.encode()


def _status(block: bytes) -> str:
    at = block.find(_STATUS)
    assert at >= 0, "the peer compresses headers although it was told not to"
    at += len(_STATUS)
    number = int(block[at + 1 : at + 1 + block[at]])
    return _NAMES.get(number, f"STATUS_{number}") if number else "OK"
