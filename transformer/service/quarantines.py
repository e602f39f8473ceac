"""What this server's pool has set aside, told to the log and to the registry, where the owner sees it.

Off the data path and best effort: a database in trouble is tried again, less and less often, and only what is true by then is
written. A server that goes down takes back what it noted; what one leaves behind that was killed ends by its own date.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import uuid4

from transformer.errors import TransformerError
from transformer.observe import Logger
from transformer.pool import Quarantine
from transformer.registry import records
from transformer.registry.threads import Threads

__all__ = ["KeepsQuarantines", "QuarantineNotes"]

_FIRST_RETRY_SECONDS: Final = 0.5
_LAST_RETRY_SECONDS: Final = 30.0
_LEAVING_SECONDS: Final = 1.0
_MOST: Final = 1000


class KeepsQuarantines(Protocol):
    """What is needed of a store."""

    def note_quarantines(self, server: str, notes: Sequence[records.Quarantine], over: Sequence[str]) -> None:
        """As `Store.note_quarantines`."""
        ...


class QuarantineNotes:
    """Give `tell` to the pool. Belongs to the event loop in which it is started."""

    def __init__(self, store: KeepsQuarantines, log: Logger) -> None:
        self._store = store
        self._log = log
        self._server = uuid4().hex
        self._threads = Threads("quarantines", 1, 1)  # of its own: a database that hangs takes nobody else's
        self._changed: dict[str, Quarantine] = {}
        self._noted: set[str] = set()
        self._news = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    def tell(self, quarantine: Quarantine) -> None:
        """A version was set aside, or is free again. Returns at once."""
        facts = {"workspace": quarantine.workspace, "version": quarantine.version}
        if quarantine.over:
            self._log.info("version runs again", **facts)
        else:
            until = quarantine.until.isoformat(timespec="seconds")
            self._log.warning("version quarantined", **facts, until=until, reason=quarantine.reason)
        if quarantine.version in self._changed or len(self._changed) < _MOST:
            self._changed[quarantine.version] = quarantine
            self._news.set()

    def start(self) -> None:
        """Begin to write."""
        self._writer = asyncio.create_task(self._write(), name="quarantine notes")

    async def close(self) -> None:
        """Take back what was noted, if the database answers soon. Idempotent."""
        if self._writer is None:
            return
        self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer
        self._writer = None
        if self._noted:
            with contextlib.suppress(TransformerError, TimeoutError):
                async with asyncio.timeout(_LEAVING_SECONDS):
                    await self._threads.run(self._store.note_quarantines, self._server, (), tuple(self._noted))
        self._threads.close()

    async def _write(self) -> None:
        retry_seconds = _FIRST_RETRY_SECONDS
        while True:
            await self._news.wait()
            self._news.clear()
            changed = dict(self._changed)
            notes = [
                records.Quarantine(one.version, one.since, one.until, one.reason) for one in changed.values() if not one.over
            ]
            over = [name for name, one in changed.items() if one.over]
            self._noted.update(one.version for one in notes)
            try:
                await self._threads.run(self._store.note_quarantines, self._server, notes, over)
            except TransformerError:
                self._news.set()
                await asyncio.sleep(retry_seconds)
                retry_seconds = min(2 * retry_seconds, _LAST_RETRY_SECONDS)
                continue
            retry_seconds = _FIRST_RETRY_SECONDS
            self._noted.difference_update(over)
            for name, one in changed.items():
                if self._changed.get(name) is one:
                    del self._changed[name]
