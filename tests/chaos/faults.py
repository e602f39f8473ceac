"""What goes wrong, when: killed workers all the time, and everything else in a shuffled order, again and again.

Every fault ends before the next begins, but for the killing of workers, which goes on beside all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import psutil

from tests.chaos.load import Load
from tests.chaos.service import Database, Service


class Faults:
    """`run` them for a time. `done` counts what was done."""

    between_kills = (0.1, 0.6)
    """Seconds from one killed worker to the next, at least and at most."""

    def __init__(self, service: Service, database: Database, load: Load, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._service = service
        self._database = database
        self._load = load
        self._random = random.Random(seed)

    async def run(self, seconds: float) -> None:
        """At least every fault once; then again in another order, until the time is over."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        killing = asyncio.create_task(self._kill_workers())
        deck = self.deck()
        pause = seconds / len(deck) / 2
        try:
            first = True
            while first or clock() < end:
                self._random.shuffle(deck)
                for fault in deck:
                    if not first and clock() >= end:
                        break
                    await asyncio.sleep(min(self._random.uniform(0.5, 1.0) * pause, 3.0))
                    await fault()
                    self.done[fault.__name__.replace("_", " ")] += 1
                first = False
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
            self._load.reading.set()

    def deck(self) -> list[Callable[[], Awaitable[None]]]:
        """What goes wrong."""
        return [
            self.zygote_killed,
            self.database_away,
            self.server_restarted,
            self.restarted_without_database,
            self.client_stalled,
        ]

    async def zygote_killed(self) -> None:
        """What workers are forked from is gone; the workers go with it."""
        if zygotes := self._service.zygotes():
            _kill(self._random.choice(zygotes))

    async def database_away(self) -> None:
        """The registry cannot be reached for a while."""
        self._database.away()
        await asyncio.sleep(self._random.uniform(0.3, 1.0))
        self._database.back()

    async def server_restarted(self) -> None:
        """SIGTERM, and a new process on the same port."""
        self._service.terminate()
        await asyncio.to_thread(self._service.wait)
        await asyncio.to_thread(self._service.start)

    async def restarted_without_database(self) -> None:
        """The same while the database is away: it serves from its disk."""
        self._database.away()
        try:
            await self.server_restarted()
            await asyncio.sleep(0.5)
        finally:
            self._database.back()

    async def client_stalled(self) -> None:
        """Nobody reads from the streams; batches go on."""
        self._load.reading.clear()
        await asyncio.sleep(self._random.uniform(0.5, 1.5))
        self._load.reading.set()

    async def _kill_workers(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(*self.between_kills))
            if workers := await asyncio.to_thread(self._service.workers):
                _kill(self._random.choice(workers))
                self.done["worker killed"] += 1


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
