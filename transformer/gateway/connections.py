"""Connections of the gateway: uvicorn's, with bounds on what comes before a body, which uvicorn reads without end.

Whoever reaches the gateway may send that much before anybody asks who it is.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_BYTES", "HEAD_SECONDS", "Connection"]

HEAD_BYTES: Final = 64 * 2**10
"""A head, which is the first line and the headers, is refused when it is larger, give or take what arrives at once."""
HEAD_SECONDS: Final = 60.0
"""A connection on which no head arrives for so long is closed; between requests, uvicorn says how long it may rest."""

_TOLD: Final = b'{"error":"the address and headers of the request are larger than %d bytes"}' % HEAD_BYTES
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json; charset=utf-8\r\napiversion: 2\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_TOLD), _TOLD)
)


class Connection(HttpToolsProtocol):
    """One connection."""

    _head: int | None = None
    """Bytes of the head that is arriving; None where none is."""
    _waiting: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        if self._head is None:
            return
        self._head += len(data)
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self._rest()
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """The parser has seen the first bytes of a head."""
        super().on_message_begin()
        self._head = 0
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The parser has seen all of a head."""
        self._rest()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _rest(self) -> None:
        self._head = None
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
