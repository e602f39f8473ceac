"""The embedded store: a SQLite file beside the registry, so that entries survive a restart and nothing has to be set up.

All calls that have come while the file was being written go into the next transaction together, in their order, on one thread:
a transaction costs more than a hundred entries. What is committed survives the end of the process; after a power failure the
last moments may be missing (write-ahead log, synchronous NORMAL). One process at a time keeps count of the room, so several
replicas want a server instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import orjson

from transformer.broker.kv.store import MAX_NUMBER, Bounds, FullError, NotANumberError, Number, StoreError

__all__ = ["Embedded"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entry (
  workspace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, ends REAL, PRIMARY KEY (workspace, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_ends ON entry (ends) WHERE ends IS NOT NULL;
"""
_ENTRY_BYTES: Final = 64
"""What an entry takes besides its key and value, roughly."""
_SWEEP_SECONDS: Final = 5.0
_SWEEP_ENTRIES: Final = 2000
_BUSY_SECONDS: Final = 2.0
_CANNOT: Final = (sqlite3.Error, OSError)

_T = TypeVar("_T")


class Embedded:
    """A store in a file, which is made, with its folder, by the first call."""

    def __init__(self, file: Path, bounds: Bounds, clock: Callable[[], float] = time.time) -> None:
        """Nothing happens yet."""
        self._file = file
        self._bounds = bounds
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "kv")
        self._connection: sqlite3.Connection | None = None
        self._used: dict[str, int] = {}  # bytes of each workspace
        self._all = 0
        self._swept = 0.0
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def get(self, workspace: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store`."""
        return await self._soon(lambda: [self._value(workspace, key) for key in keys])

    async def set(self, workspace: str, items: Mapping[str, bytes], ttl: float | None) -> None:
        """See `Store`."""
        await self._soon(lambda: self._put(workspace, items, ttl))

    async def set_if_absent(self, workspace: str, key: str, value: bytes, ttl: float | None) -> bool:
        """See `Store`."""

        def put() -> bool:
            if self._value(workspace, key) is not None:
                return False
            self._put(workspace, {key: value}, ttl)
            return True

        return await self._soon(put)

    async def increment(self, workspace: str, key: str, by: Number, ttl: float | None) -> Number:
        """See `Store`."""

        def add() -> Number:
            held = self._value(workspace, key)
            if held is None:
                total = by
            else:
                before = orjson.loads(held)
                if type(before) not in {int, float}:
                    raise NotANumberError
                total = before + by
            if not isfinite(total) or (isinstance(total, int) and abs(total) > MAX_NUMBER):
                raise NotANumberError
            if held is None:
                self._put(workspace, {key: orjson.dumps(total)}, ttl)
            else:
                self._change(workspace, key, orjson.dumps(total), len(held))
            return total

        return await self._soon(add)

    async def delete(self, workspace: str, keys: Sequence[str]) -> int:
        """See `Store`."""

        def remove() -> int:
            found = 0
            for key in dict.fromkeys(keys):
                found += self._value(workspace, key) is not None
                self._remove(workspace, key)
            return found

        return await self._soon(remove)

    async def close(self) -> None:
        """See `Store`."""
        self._closed = True
        while self._writing is not None:
            await asyncio.wait([self._writing])
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    async def _soon(self, what: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreError
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((what, done))
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        return cast("_T", await done)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                found = await loop.run_in_executor(self._thread, self._apply, [what for what, _ in batch])
                for (_, done), one in zip(batch, found, strict=True):
                    if done.done():
                        continue  # whoever asked is gone
                    if isinstance(one, BaseException):
                        done.set_exception(one)
                    else:
                        done.set_result(one)
        finally:
            self._writing = None

    # What follows runs on the store's own thread.

    def _apply(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """What each call gives, or the exception that says why not: all of them in one transaction."""
        found: list[Any] = []
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            for call in calls:
                try:
                    found.append(call())
                except (FullError, NotANumberError) as wrong:  # before anything was written
                    found.append(wrong)
            self._sweep(connection)
            connection.execute("COMMIT")
        except _CANNOT as wrong:
            self._disconnect()  # rolls back; what is counted is counted anew
            return [StoreError(type(wrong).__name__)] * len(calls)
        return found

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._file.chmod(0o600)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(_SCHEMA)
                sizes = (
                    f"SELECT workspace, SUM(LENGTH(CAST(key AS BLOB)) + LENGTH(value) + {_ENTRY_BYTES}) FROM entry GROUP BY 1"  # noqa: S608 - a number of ours
                )
                self._used = dict(connection.execute(sizes).fetchall())
            except BaseException:
                connection.close()
                raise
            self._all = sum(self._used.values())
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _value(self, workspace: str, key: str) -> bytes | None:
        row = self._held(workspace, key)
        return None if row is None or (row[1] is not None and row[1] <= self._clock()) else row[0]

    def _held(self, workspace: str, key: str) -> tuple[bytes, float | None] | None:
        query = "SELECT value, ends FROM entry WHERE workspace = ? AND key = ?"
        row: tuple[bytes, float | None] | None = self._connected().execute(query, (workspace, key)).fetchone()
        return row

    def _put(self, workspace: str, items: Mapping[str, bytes], ttl: float | None) -> None:
        ends = None if ttl is None else self._clock() + ttl
        grows = 0
        for key, value in items.items():
            held = self._held(workspace, key)
            grows += _size(key, value) - (_size(key, held[0]) if held else 0)
        self._make_room(workspace, grows)
        rows = [(workspace, key, value, ends) for key, value in items.items()]
        self._connected().executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)
        self._count(workspace, grows)

    def _change(self, workspace: str, key: str, value: bytes, before: int) -> None:
        self._make_room(workspace, len(value) - before)
        query = "UPDATE entry SET value = ? WHERE workspace = ? AND key = ?"
        self._connected().execute(query, (value, workspace, key))
        self._count(workspace, len(value) - before)

    def _remove(self, workspace: str, key: str) -> None:
        held = self._held(workspace, key)
        if held is not None:
            self._connected().execute("DELETE FROM entry WHERE workspace = ? AND key = ?", (workspace, key))
            self._count(workspace, -_size(key, held[0]))

    def _make_room(self, workspace: str, grows: int) -> None:
        """Raises FullError, before anything is written, if there is no room even without what has ended."""
        if grows <= 0:
            return
        if self._over(workspace, grows):
            self._swept = 0.0
            self._sweep(self._connected(), everything=True)
        if self._over(workspace, grows):
            most = min(self._bounds.workspace_bytes, self._bounds.all_bytes)
            told = f"the workspace's key-value store is full ({most} bytes); delete keys, or give them a ttl"
            raise FullError(told)

    def _over(self, workspace: str, grows: int) -> bool:
        bounds = self._bounds
        return self._used.get(workspace, 0) + grows > bounds.workspace_bytes or self._all + grows > bounds.all_bytes

    def _count(self, workspace: str, grows: int) -> None:
        self._used[workspace] = self._used.get(workspace, 0) + grows
        self._all += grows

    def _sweep(self, connection: sqlite3.Connection, *, everything: bool = False) -> None:
        """Delete what has ended, some of it at a time."""
        now = self._clock()
        if 0.0 <= now - self._swept < _SWEEP_SECONDS:
            return
        query = "SELECT workspace, key, value FROM entry WHERE ends <= ? LIMIT ?"
        while ended := connection.execute(query, (now, _SWEEP_ENTRIES)).fetchall():
            connection.executemany("DELETE FROM entry WHERE workspace = ? AND key = ?", [row[:2] for row in ended])
            for workspace, key, value in ended:
                self._count(workspace, -_size(key, value))
            if not everything:
                break
        if len(ended) < _SWEEP_ENTRIES:
            self._swept = now


def _size(key: str, value: bytes) -> int:
    return len(key.encode()) + len(value) + _ENTRY_BYTES
