"""A config backend that exists: code by version id, over HTTP, as data planes' own transformers ask for it.

What an id means never changes, so what was once fetched is kept until there is no room; what could not be fetched is never
kept, not even for a moment, so that the first request after a repair succeeds. A redirect is not followed: whoever it led to
would be handed the secret, and could hand us code. The same question, while it is under way, is asked once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiohttp
import orjson
from cachetools import LRUCache
from yarl import URL

from transformer.gateway.code.kept import KeptDocuments
from transformer.gateway.code.sources import BackendError, Document, basic, import_name
from transformer.gateway.code.unreached import why_unreached

__all__ = ["ConfigBackend"]

_CONNECTIONS: Final = 64
_OVERHEAD_BYTES: Final = 1024
_NEWEST_SECONDS: Final = 60.0
_PIECE_BYTES: Final = 64 * 1024
_CLIENT_ERRORS_THAT_PASS: Final = frozenset({408, 425, 429})
_RUDDER_NAME: Final = re.compile(r"[A-Za-z]+")
_RUDDER_VERSION: Final = re.compile(r"v[0-9]{1,3}")

Answer = TypeVar("Answer")


class ConfigBackend:
    """A `CodeSource` that asks the config backend at a URL.

    Args:
        url: where it is; user and password in it are used where there is no secret, and never shown.
        secret: sent as the user of basic authentication, without a password; "" for no such header.
        seconds: one answer may take this long.
        document_bytes: one answer may be this large.
        cache_bytes: so much is kept in memory.
        kept: what is kept on disk, None for nothing: a restart while the backend is away serves what it knew.
        tell: called with the reason when it gets into trouble, and with "" when it is out of it.
    """

    def __init__(
        self,
        url: str,
        secret: str = "",
        *,
        seconds: float = 10.0,
        document_bytes: int = 16 * 2**20,
        cache_bytes: int = 256 * 2**20,
        kept: KeptDocuments | None = None,
        tell: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        whole = URL(url.strip())
        self._base = str(whole.with_user(None)).rstrip("/")
        known_as = (secret.strip(), "") if secret.strip() else (whole.user or "", whole.password or "")
        self._headers = {"Accept": "application/json", **basic(*known_as)}
        self._seconds = seconds
        self._document_bytes = document_bytes
        self._memory: LRUCache[tuple[str, ...], Document] = LRUCache(cache_bytes, getsizeof=lambda one: one.size)
        self._plans: LRUCache[tuple[str, ...], tuple[float, bytes]] = LRUCache(
            cache_bytes, getsizeof=lambda one: _OVERHEAD_BYTES + len(one[1])
        )
        self._kept = kept
        self._tell = tell
        self._trouble = ""
        self._session: aiohttp.ClientSession | None = None
        self._asking: dict[tuple[str, ...], asyncio.Task[Any]] = {}
        self._asked = self._hits = self._failures = 0

    async def transformation(self, workspace: str, version_id: str) -> Document:  # noqa: ARG002 - ids are the same everywhere
        """See `CodeSource.transformation`."""
        address = f"/transformation/getByVersionId?versionId={quote(version_id, safe='')}"
        return await self._document("Transformation", version_id, address)

    async def library(self, workspace: str, version_id: str) -> Document:  # noqa: ARG002 - the same
        """See `CodeSource.library`."""
        address = f"/transformationLibrary/getByVersionId?versionId={quote(version_id, safe='')}"
        return await self._document("Transformation Library", version_id, address)

    async def rudder_library(self, name: str, version: str) -> Document:
        """See `CodeSource.rudder_library`."""
        if not (_RUDDER_NAME.fullmatch(name) and _RUDDER_VERSION.fullmatch(version)):
            told = f"Error: @rs/{name[:100]}/{version[:100]} is no RudderStack library; they are named as @rs/urlParser/v1"
            raise BackendError("missing", told)
        address = f"/rudderstackTransformationLibraries/{name}?version={version}"
        return await self._document("Rudderstack Transformation Library", f"@rs/{name}/{version}", address)

    async def tracking_plan(self, workspace: str, plan: str, version: str) -> bytes:
        """See `CodeSource.tracking_plan`."""
        address = f"/workspaces/{quote(workspace, safe='')}/tracking-plans/{quote(plan, safe='')}"
        if version:
            address += f"?version={quote(version, safe='')}"
        key = ("Tracking plan", address)
        known = self._plans.get(key)
        if known is not None and (version or monotonic() - known[0] < _NEWEST_SECONDS):
            self._hits += 1
            return known[1]
        return await self._once(key, lambda: self._read_plan(key, address, lasting=bool(version)))

    def numbers(self) -> Mapping[str, float]:
        """See `CodeSource.numbers`."""
        return {
            "transformer_config_backend_up": not self._trouble,
            "transformer_config_backend_questions_total": self._asked,
            "transformer_config_backend_hits_total": self._hits,
            "transformer_config_backend_failures_total": self._failures,
            "transformer_config_backend_memory_bytes": self._memory.currsize + self._plans.currsize,
        }

    async def start(self) -> None:
        """See `CodeSource.start`."""
        if self._kept is not None:
            await self._kept.open()

    async def close(self) -> None:
        """See `CodeSource.close`."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._kept is not None:
            await self._kept.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _document(self, what: str, version_id: str, address: str) -> Document:
        key = (what, version_id)
        if (known := self._memory.get(key)) is not None:
            self._hits += 1
            return known
        return await self._once(key, lambda: self._read_document(key, what, version_id, address))

    async def _once(self, key: tuple[str, ...], ask: Callable[[], Awaitable[Answer]]) -> Answer:
        task: asyncio.Task[Answer] | None = self._asking.get(key)
        if task is None:

            async def asking() -> Answer:
                return await ask()

            # A task of its own: whoever asked first may give up, the others still want to know.
            task = self._asking[key] = asyncio.create_task(asking())
            task.add_done_callback(lambda done: self._answered(key, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise BackendError("unavailable", "Error: the service is shutting down; send this again") from None
            raise

    def _answered(self, key: tuple[str, ...], task: asyncio.Task[Any]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled() and task.exception() is not None:  # seen, even where everybody stopped waiting
            self._failures += 1

    async def _read_document(self, key: tuple[str, ...], what: str, version_id: str, address: str) -> Document:
        if self._kept is not None and (body := await self._kept.read(self._base + address)) is not None:
            document = _document(what, version_id, body)
        else:
            body = await self._get(what, address)
            document = _document(what, version_id, body)
            if self._kept is not None:
                self._kept.keep(self._base + address, body)
        if document.size <= self._memory.maxsize:
            self._memory[key] = document
        return document

    async def _read_plan(self, key: tuple[str, ...], address: str, *, lasting: bool) -> bytes:
        kept = self._kept if lasting else None
        body = await kept.read(self._base + address) if kept is not None else None
        if body is None:
            body = await self._get("Tracking plan", address)
            if not isinstance(_parsed(body), dict):
                raise BackendError("unusable", "Error: the config backend's answer is no tracking plan: not JSON of an object")
            if kept is not None:
                kept.keep(self._base + address, body)
        if (before := self._plans.get(key)) is not None and before[1] == body:
            body = before[1]
        if _OVERHEAD_BYTES + len(body) <= self._plans.maxsize:
            self._plans[key] = monotonic(), body
        return body

    async def _get(self, what: str, address: str) -> bytes:
        """The body of an answer that is one. Raises BackendError."""
        self._asked += 1
        try:
            status, body = await self._exchange(self._base + address)
        except (aiohttp.ClientError, OSError, ValueError) as wrong:  # a time-out is an OSError
            why = f"it {why_unreached(wrong)}"
            self._note(why)
            raise BackendError("unavailable", f"Error: the config backend: {why}") from None
        if 300 <= status < 400:
            told = f"Error: the config backend answered with a redirect ({status}), which is not followed"
            self._note(told)
            raise BackendError("redirect", told)
        if status in {401, 403}:
            told = f"Error: the config backend refused to hand out code, with status {status}"
            self._note(told)
            raise BackendError("auth" if status == 401 else "forbidden", told)
        if status >= 500 or status < 200 or status in _CLIENT_ERRORS_THAT_PASS:
            told = f"Error: the config backend answered with status {status}"
            self._note(told)
            raise BackendError("unavailable", told)
        self._note("")
        if status >= 400:
            raise BackendError("missing", f"Error: {what} not found at {self._base}{address}", status)
        if body is None:
            raise BackendError("unusable", f"Error: the config backend's answer is larger than {self._document_bytes} bytes")
        return body

    async def _exchange(self, address: str) -> tuple[int, bytes | None]:
        """The status, and the body where that is a success; None if it is too large."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Names as this system knows them, /etc/hosts and search domains included: it is the operator's own.
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, resolver=aiohttp.ThreadedResolver()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
            )
        url = URL(address, encoded=True)
        async with self._session.get(url, headers=self._headers, allow_redirects=False) as response:
            body = bytearray()
            if response.status // 100 == 2:
                async for piece in response.content.iter_chunked(_PIECE_BYTES):
                    body += piece
                    if len(body) > self._document_bytes:
                        return response.status, None
            return response.status, bytes(body)

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._tell(trouble)


def _document(what: str, version_id: str, body: bytes) -> Document:
    """Raises BackendError."""
    told = _parsed(body)
    code = told.get("code") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(code, str):
        raise BackendError("unusable", f"Error: {what}: the config backend's answer is no document with code")
    name = _said(told, "name")
    return Document(
        version_id=version_id,
        code=code,
        language=_said(told, "language"),
        code_version=_said(told, "codeVersion"),
        name=name,
        id=_said(told, "id"),
        workspace=_said(told, "workspaceId"),
        import_name=_said(told, "importName") or import_name(name) or _said(told, "handleName"),
        handle=_said(told, "handleName"),
    )


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _said(told: Mapping[str, Any], *names: str) -> str:
    """The first of these that is text and not empty; "" for none."""
    for name in names:
        found = told.get(name)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)  # a codeVersion may be a number
    return ""
