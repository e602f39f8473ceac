"""A client that does what rudder-server's processor does: its connections, its retries, and what it panics on.

Its times are compressed by `haste`, as the whole day is; how often it tries is not.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

from tests.gateway.day.strict import UndecodableError, decode, elements

__all__ = ["DataPlane", "PanicError"]

CONCURRENT: Final = 100  # connections per host
CALL_SECONDS: Final = 600.0
TRIES: Final = 31
FIRST_PAUSE: Final = 0.5
RETRYABLE_FIRST_PAUSE: Final = 1.0
MOST_PAUSE: Final = 30.0
OUTAGE = "X-Rudder-Should-Retry"
HEADERS: Final = {
    "Accept-Encoding": "gzip",
    "Connection": "close",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Go-http-client/1.1",
    "X-Feature-Filter-Code": "?1",
    "X-Feature-Gzip-Support": "?1",
}


class PanicError(Exception):
    """The processor would crash, start again, send the same, and crash again."""


class DataPlane:
    """Sends to one URL. `seen` counts what it saw: answers by status, reasons of outages, transport errors.

    Args:
        url: what DEST_TRANSFORM_URL says.
        haste: how much faster than in real life time passes.
        patience: called before every further attempt; raises to give up, for a test that has to end.
    """

    def __init__(self, url: str, haste: float, patience: Callable[[], None] = lambda: None) -> None:
        self.seen: Counter[str] = Counter()
        self._url = url
        self._haste = haste
        self._patience = patience
        # A connection for every request, as with disableKeepAlives.
        connector = aiohttp.TCPConnector(limit=CONCURRENT, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def features(self) -> dict[str, Any]:
        """Until it has an answer, nothing is processed."""
        while True:
            try:
                async with self._session.get(f"{self._url}/features") as answer:
                    told = decode(await answer.read()) if answer.status == 200 else {}
            except (aiohttp.ClientError, OSError):
                self.seen["features: no answer"] += 1
                self._patience()
                await asyncio.sleep(10 / self._haste)
            else:
                if told and not (told.get("upgradedToSourceTransformV2") or told.get("supportSourceTransformV1")):
                    raise PanicError("/features: no version of source transformation")
                return told if isinstance(told, dict) else {}

    async def ask(self, path: str, events: list[Mapping[str, Any]], *, cold_starts: bool = False) -> list[dict[str, Any]]:
        """The elements of the answer, however long it takes to get one.

        Args:
            path: what is asked.
            events: a batch, at most as large as a processor's.
            cold_starts: whether nobody listening means that somebody is about to: so for Python of each workspace.

        Raises:
            PanicError: see there.
        """
        body = json.dumps(events, separators=(",", ":")).encode()
        tries, pause, outage_pause = 0, FIRST_PAUSE, RETRYABLE_FIRST_PAUSE
        while True:
            status, headers, answer = await self._exchange(path, body)
            self.seen[f"{path} {status or 'no answer'}"] += 1
            if status == 200:
                return self._read(path, headers, answer)
            if status == 503 and headers.get(OUTAGE, "").lower() == "true":
                self._outage(path, headers, answer, len(events))
                outage_pause = await self._sleep(outage_pause)
            elif status == 809 or (cold_starts and status in {0, 502, 503}):
                outage_pause = await self._sleep(outage_pause)
            elif status in {0, 408, 429} or status >= 500:
                tries += 1
                if tries >= TRIES:
                    raise PanicError(f"{path}: {status or 'no answer'} after {tries} tries")
                pause = await self._sleep(pause)
            elif status == 297 or status < 400:
                raise PanicError(f"{path}: {status}")
            else:
                told = answer.decode("utf-8", "replace")
                return [{"metadata": one["metadata"], "statusCode": status, "error": told} for one in events]

    async def _exchange(self, path: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body; 0 where there is no whole answer."""
        try:
            async with self._session.post(f"{self._url}{path}", data=body, headers=HEADERS, allow_redirects=False) as answer:
                return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, OSError):  # a time-out, too
            return 0, {}, b""

    def _read(self, path: str, headers: Mapping[str, str], answer: bytes) -> list[dict[str, Any]]:
        if headers.get("apiVersion") != "2":
            raise PanicError(f"{path}: 200 without apiVersion 2: {answer[:200]!r}")
        try:
            return elements(answer)
        except UndecodableError as wrong:
            raise PanicError(f"{path}: 200 that cannot be decoded: {wrong}") from None

    def _outage(self, path: str, headers: Mapping[str, str], answer: bytes, events: int) -> None:
        """What it says must be what the control plane's own service says: one element for each event, each of them a 503."""
        self.seen[f"outage {headers.get('X-Rudder-Error-Reason', '')}"] += 1
        try:
            told = elements(answer)
        except UndecodableError as wrong:
            raise PanicError(f"{path}: 503 that cannot be decoded: {wrong}") from None
        if len(told) != events or any(one.get("statusCode") != 503 or not one.get("error") for one in told):
            raise PanicError(f"{path}: 503 for {events} events with {len(told)} elements: {answer[:200]!r}")

    async def _sleep(self, pause: float) -> float:
        self._patience()
        await asyncio.sleep(pause / self._haste)
        return min(2 * pause, MOST_PAUSE)
