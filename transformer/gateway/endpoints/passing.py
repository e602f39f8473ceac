"""What is not served here is passed on, unchanged, to an incumbent that serves it, where the operator names one.

The address is the operator's (`gateway_fallback_url`); a request decides about path and query behind it and nothing else. A
request that was passed on once is not passed on again, so that two that name each other do not send it round and round. Its
answer is handed back as it came: status, headers and body. Credentials for this service stay here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

from transformer.errors import Code, PlatformError
from transformer.gateway.replies.answers import Answer, refused
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.requests.jobs import Job
from transformer.settings import Settings, SettingsError

__all__ = ["PassOn", "PassesOn"]

MARK: Final = "x-transformer-passed-on"
"""On every request that was passed on."""

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


class PassesOn:
    """Passes requests on, if there is somebody to pass them to."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is connected yet.

        Raises:
            SettingsError: the address is none.
        """
        self._base = settings.gateway_fallback_url.strip().rstrip("/")
        self._seconds = settings.gateway_fallback_seconds
        self._most = settings.gateway_body_bytes
        self._ours = settings.authentication != "none"
        self._session: aiohttp.ClientSession | None = None
        if self._base:
            _check(self._base)

    async def __call__(self, call: Call, otherwise: Answer, jobs: Sequence[Job] | None = None) -> Answer:
        """The answer of whoever serves it, or `otherwise` where nobody else does.

        `jobs` are the events of the request, each of a workspace that the caller must be allowed to act in; where that is not
        known, the caller must be allowed in every one.

        Raises:
            CallerError: PERMISSION_DENIED.
            PlatformError: it cannot be reached, or says more than may be held.
        """
        if not self._base:
            return otherwise
        for workspace in {workspace_of(job.facts) for job in jobs} if jobs is not None else {""}:
            call.enter(workspace)
        if call.headers.get(MARK):
            return refused(HTTPStatus.LOOP_DETECTED, "gateway_fallback_url leads back to this service")
        call.incoming.line["passed_on"] = True
        url = URL(self._base + call.target, encoded=True)
        headers = [(name, value) for name, value in call.headers.pairs if self._goes_on(name)]
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=min(10.0, self._seconds))
        try:
            async with self._open().request(
                call.method,
                url,
                data=io.BytesIO(call.body) if call.body else None,
                headers=[*headers, (MARK, "1"), ("accept-encoding", "identity")],
                allow_redirects=False,
                timeout=timeout,
            ) as answer:
                return await self._read(answer)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as wrong:
            told = f"what gateway_fallback_url names did not answer: {type(wrong).__name__}"
            raise PlatformError(Code.UNREACHABLE, told, retry_after_seconds=_RETRY_SECONDS) from None

    async def close(self) -> None:
        """End its connections."""
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
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._most:
                told = "the answer of what gateway_fallback_url names is larger than gateway_body_bytes"
                raise PlatformError(Code.UNREACHABLE, told, retry_after_seconds=_RETRY_SECONDS)
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED}
        return Answer(answer.status, bytes(body), headers, ours=False)


class PassOn:
    """The endpoint of routes that are not served here at all."""

    def __init__(self, passes_on: PassesOn) -> None:
        self._passes_on = passes_on

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        told = "this is not served here; set gateway_fallback_url to pass it on to a service that does"
        return await self._passes_on(call, refused(HTTPStatus.NOT_FOUND, told))


def _check(base: str) -> None:
    try:
        url = URL(base)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment or url.user or url.password:
        raise SettingsError("gateway_fallback_url: write http://HOST or https://HOST, with a path at most")
