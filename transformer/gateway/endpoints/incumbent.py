"""The service that requests are passed on to, over HTTP."""

from __future__ import annotations

import io
from typing import Final

import aiohttp
from yarl import URL

from transformer.errors import Code, PlatformError
from transformer.gateway.code.unreached import why_unreached
from transformer.gateway.endpoints.passing import PASSED_ON
from transformer.gateway.replies.answers import Answer
from transformer.gateway.requests.calls import Call
from transformer.settings import Settings

__all__ = ["Incumbent"]

_NOT_PASSED: Final = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "accept-encoding",
        "expect",
    }
)
_CONNECTIONS: Final = 100
_CHUNK: Final = 2**16
_RETRY_SECONDS: Final = 1.0


class Incumbent:
    """What is at `base`, an address that was checked. Nothing is connected before the first request; `close` it."""

    def __init__(self, base: str, settings: Settings) -> None:
        self._base = base
        self._seconds = settings.gateway_fallback_seconds
        self._most = settings.gateway_body_bytes
        self._ours = settings.authentication != "none"
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, call: Call) -> Answer:
        """What it says to the request, as it said it.

        Raises:
            PlatformError: it cannot be reached, or says more than may be held.
        """
        url = URL(self._base + call.target, encoded=True)
        headers = [(name, value) for name, value in call.headers.pairs if self._goes_on(name)]
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=min(10.0, self._seconds))
        try:
            async with self._open().request(
                call.method,
                url,
                data=io.BytesIO(call.body) if call.body else None,
                headers=[*headers, (PASSED_ON, "1"), ("accept-encoding", "identity")],
                allow_redirects=False,
                timeout=timeout,
            ) as answer:
                return await self._read(answer)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as wrong:
            told = f"what gateway_fallback_url names {why_unreached(wrong)}"
            raise PlatformError(Code.UNREACHABLE, told, retry_after_seconds=_RETRY_SECONDS) from None

    async def close(self) -> None:
        """End the connections to it."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _goes_on(self, name: str) -> bool:
        # A body was unpacked when it was read; whoever asked this service showed credentials for it.
        return name not in _NOT_PASSED and name != "content-encoding" and not (self._ours and name == "authorization")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, resolver=aiohttp.ThreadedResolver()),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
            )
        return self._session

    async def _read(self, answer: aiohttp.ClientResponse) -> Answer:
        """All of what it says. Nothing is handed on before: an answer that breaks off is then told as to be sent again."""
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._most:
                told = "the answer of what gateway_fallback_url names is larger than gateway_body_bytes"
                raise PlatformError(Code.UNREACHABLE, told, retry_after_seconds=_RETRY_SECONDS)
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED}
        return Answer(answer.status, bytes(body), headers, ours=False)
