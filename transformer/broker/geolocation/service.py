"""Geolocation from a service: GET {URL}/geoip/{ip} gives a JSON object, which code gets as it is.

The service is the operator's: the rules of fetch do not hold for it. The address comes from an event, and gets no further than
its place in the path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from transformer.capabilities import Capabilities
from transformer.wire.calls import CallError

__all__ = ["GeolocationService"]

_CHARACTERS: Final = 128
_ANSWER_BYTES: Final = 256 * 1024
_CONNECTIONS: Final = 256


class GeolocationService:
    """Asks the service at `url`, which may take `seconds`. Belongs to the event loop that runs when it is first asked."""

    def __init__(self, url: URL, seconds: float) -> None:
        self._base = str(url).rstrip("/")
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - a handler's signature
        """As `Geolocation.answer`. One call is one request: nothing is kept or tried again."""
        ip = arguments.get("ip")
        if not isinstance(ip, str):
            raise CallError("invalid", "geolocation takes a single string argument, an IP address")
        if len(ip) > _CHARACTERS or ip.strip(".") != ip or not ip.isprintable():
            raise CallError("invalid", "geolocation: invalid ip address")
        try:
            status, body = await self._ask(URL(f"{self._base}/geoip/{quote(ip, safe='')}", encoded=True))
        except (aiohttp.ClientError, OSError):  # a time-out is one
            raise CallError("unavailable", "geolocation: the service cannot be reached, or is too slow") from None
        if 400 <= status < 500:
            told = f"geolocation: the service answered with status code: {status}"
            raise CallError("status", told, {"why": "code", "code": status})
        found = _read(body) if status == 200 and body is not None else None
        if found is None:
            raise CallError("unavailable", f"geolocation: the service answered with status code: {status}, and nothing to use")
        return found

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, url: URL) -> tuple[int, bytes | None]:
        """The status, and the body if it is not too large."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
            )
            self._session._retry_connection = False  # noqa: SLF001 - one call is one request, also where it breaks off
        async with self._session.get(url, allow_redirects=False) as response:
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > _ANSWER_BYTES:
                    return response.status, None
            return response.status, bytes(body)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
