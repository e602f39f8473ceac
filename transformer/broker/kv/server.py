"""A store on a Valkey or Redis server, which several replicas share. Room and persistence are the server's own settings.

Keys are `transformer:kv:WORKSPACE:KEY`; nothing else of the server is touched. Every operation is one command, or several in
one MULTI: they happen together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any, Final
from urllib.parse import quote

import redis.asyncio as client
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from transformer.broker.kv.store import MAX_NUMBER, FullError, NotANumberError, Number, StoreError

__all__ = ["Server"]

_PREFIX: Final = "transformer:kv:"
_SECONDS: Final = 2.0
_CONNECTIONS: Final = 32
_TRIES: Final = 100


class Server:
    """A store on a server; nothing is connected before the first call, and what breaks is connected anew by the next."""

    def __init__(self, url: str) -> None:
        """Raises ValueError if the URL cannot be read; never quotes it, there may be a password in it."""
        pool = client.BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_SECONDS,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            health_check_interval=30,
        )
        self._server: Any = client.Redis.from_pool(pool)

    async def get(self, workspace: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store`."""
        if not keys:
            return []
        with _translated():
            found: list[bytes | None] = await self._server.mget([_key(workspace, key) for key in keys])
        return found

    async def set(self, workspace: str, items: Mapping[str, bytes], ttl: float | None) -> None:
        """See `Store`."""
        with _translated():
            async with self._server.pipeline(transaction=True) as together:
                for key, value in items.items():
                    together.set(_key(workspace, key), value, px=_milliseconds(ttl))
                await together.execute()

    async def set_if_absent(self, workspace: str, key: str, value: bytes, ttl: float | None) -> bool:
        """See `Store`."""
        with _translated():
            return bool(await self._server.set(_key(workspace, key), value, px=_milliseconds(ttl), nx=True))

    async def increment(self, workspace: str, key: str, by: Number, ttl: float | None) -> Number:
        """See `Store`."""
        if isinstance(by, int):
            if abs(by) > MAX_NUMBER:
                raise NotANumberError
            for _ in range(_TRIES):
                try:
                    return int(await self._add(_key(workspace, key), "INCRBY", by, ttl))
                except NotANumberError:
                    held = await self._held(_key(workspace, key))
                    if isinstance(held, float):
                        break
                    # What was a float a moment ago may be an integer now: others add to it meanwhile.
                    if held is None or abs(held + by) > MAX_NUMBER:
                        raise
        total = float(await self._add(_key(workspace, key), "INCRBYFLOAT", float(by), ttl))
        if not isfinite(total):
            raise NotANumberError
        return total

    async def delete(self, workspace: str, keys: Sequence[str]) -> int:
        """See `Store`."""
        if not keys:
            return 0
        with _translated():
            return int(await self._server.delete(*(_key(workspace, key) for key in keys)))

    async def close(self) -> None:
        """See `Store`."""
        with _translated():
            await self._server.aclose(close_connection_pool=True)

    async def _add(self, key: str, command: str, by: Number, ttl: float | None) -> Any:
        with _translated():
            async with self._server.pipeline(transaction=True) as together:
                together.set(key, 0, px=_milliseconds(ttl), nx=True)
                together.execute_command(command, key, by)
                return (await together.execute())[1]

    async def _held(self, key: str) -> Number | None:
        """The number that is there, 0 where nothing is; None if it is no number."""
        with _translated():
            held: bytes = await self._server.get(key) or b"0"
        try:
            if not any(mark in held for mark in b".e"):
                return int(held)
            return float(held) if isfinite(float(held)) else None
        except ValueError:
            return None


def _key(workspace: str, key: str) -> str:
    return f"{_PREFIX}{quote(workspace, safe='')}:{key}"  # so that no workspace's keys look like another's


def _milliseconds(ttl: float | None) -> int | None:
    return None if ttl is None else max(1, round(ttl * 1000))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OutOfMemoryError:
        raise FullError("the key-value server has no room left") from None
    except ResponseError as wrong:
        told = str(wrong)
        if "not an integer" in told or "not a valid float" in told or "overflow" in told or "NaN or Infinity" in told:
            raise NotANumberError from None
        raise StoreError(type(wrong).__name__) from None
    except (RedisError, OSError) as wrong:
        raise StoreError(type(wrong).__name__) from None
