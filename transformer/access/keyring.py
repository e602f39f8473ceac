"""Every valid key, in memory: a request is admitted without asking the database, also while nobody can ask it.

A poller reads what changed since the generation that it saw last, so a key that another process made or revoked counts here
within a poll. A key that is not known is looked for at once, by one read for all who ask at a time: a flood of made-up keys
costs one query after another, never many, and nobody whose key is known waits for it.

Where there is a snapshot on disk, a server that starts while nobody can be asked knows the keys that it knew; the registry's
first answer replaces them all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from transformer.access.caller import Caller
from transformer.access.keys import id_of, matches
from transformer.access.roles import Role
from transformer.access.snapshot import Snapshot
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.records import KeyChange

__all__ = ["Changes", "Keyring"]

Changes: TypeAlias = Callable[[int], tuple[int, list[KeyChange]]]
"""`Store.changed_keys`."""

_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    expires: float
    change: KeyChange


class Keyring:
    """The valid keys, for one event loop. Between `start` and `close` it follows the registry.

    Args:
        changes: asks the registry; called in a thread.
        poll_seconds: how often.
        snapshot: where to keep what is known; None for nowhere.
    """

    def __init__(self, changes: Changes, poll_seconds: float, snapshot: Snapshot | None = None) -> None:
        self.trouble = ""
        """Why the registry cannot be asked at the moment; "" while it can."""
        self._changes = changes
        self._poll_seconds = poll_seconds
        self._snapshot = snapshot
        self._keys: dict[str, _Known] = {}
        self._generation = 0
        self._reading = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._reads: set[asyncio.Task[None]] = set()
        self._poller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read every key and begin to follow. A database in trouble is no reason to fail: the poller goes on trying."""
        try:
            await self.refresh()
        except PlatformError:  # `trouble` says so
            if self._snapshot is not None:
                for change in await asyncio.to_thread(self._snapshot.read):
                    self._learn(change)
        self._poller = asyncio.create_task(self._poll(), name="key poller")

    async def close(self) -> None:
        """End the poller and wait for a read that is under way. Idempotent."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
        await asyncio.gather(*self._reads, return_exceptions=True)

    def __len__(self) -> int:
        """How many keys are known."""
        return len(self._keys)

    def known(self, text: str) -> Caller | None:
        """Whose key this is; None if it is no valid key as far as is known here."""
        known = self._keys.get(id_of(text))
        if known is None or not matches(text, known.change.digest) or known.expires <= time.time():
            return None
        return known.caller

    async def find(self, text: str) -> Caller:
        """Whose key this is, after a look at the registry if it is not known here.

        Raises:
            CallerError: UNAUTHENTICATED: it is unknown, expired or revoked.
            PlatformError: REGISTRY_UNAVAILABLE: it is not known here, and nobody can be asked.
        """
        caller = self.known(text)
        if caller is not None:
            return caller
        key = id_of(text)
        if key and key not in self._keys:
            if self.trouble:
                raise PlatformError(Code.REGISTRY_UNAVAILABLE, self.trouble)
            await self.refresh()
            caller = self.known(text)
        if caller is None:
            named = f"keys/{key}" if key else "that was sent"
            raise CallerError(Code.UNAUTHENTICATED, f"the API key {named} is unknown, expired or revoked")
        return caller

    async def refresh(self) -> None:
        """Read what changed, by a read that begins now or later. PlatformError: it cannot be read; what is known stays."""
        task = self._next
        if task is None:
            task = self._next = asyncio.create_task(self._take_turn())
            self._reads.add(task)
            task.add_done_callback(self._done)
        await asyncio.shield(task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._reads.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even where everybody stopped waiting

    async def _take_turn(self) -> None:
        async with self._reading:
            self._next = None  # whoever comes from now on may miss what this read sees, and begins another
            try:
                generation, changes = await asyncio.to_thread(self._changes, self._generation)
                fresh = not self._generation
                if generation < self._generation:  # the database is an older one: what was learned since is not in it
                    generation, changes = await asyncio.to_thread(self._changes, 0)
                    fresh = True
            except PlatformError as wrong:
                self.trouble = wrong.message
                raise
            self.trouble = ""
            self._generation = generation
            if fresh:
                self._keys.clear()
            for change in changes:
                self._learn(change)
            if self._snapshot is not None and (fresh or changes):
                await asyncio.to_thread(self._snapshot.keep, [known.change for known in self._keys.values()])

    def _learn(self, change: KeyChange) -> None:
        key = change.key
        expires = key.expires.timestamp() if key.expires else _NEVER
        role = Role.of(key.role)
        if key.revoked is not None or role is None or expires <= time.time():
            self._keys.pop(key.id, None)
            return
        caller = Caller(key.name, f"{key.label} ({key.name})", role, key.workspace, key.requests_per_second)
        self._keys[key.id] = _Known(caller, expires, change)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.refresh()
            except Exception as wrong:  # noqa: BLE001 - a poller that ended would keep revoked keys valid, and nobody would know
                self.trouble = wrong.message if isinstance(wrong, PlatformError) else type(wrong).__name__
