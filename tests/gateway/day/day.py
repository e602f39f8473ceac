"""A day of a data plane against the gateway: traffic that swells and ebbs, incidents, and the books at the end."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.ledger import Sent
from tests.chaos.load import SOURCE as PYTHON
from tests.chaos.load import WEIGHTS
from tests.chaos.service import Database
from tests.gateway.config_backend import ConfigBackend
from tests.gateway.day.books import Books, Passed
from tests.gateway.day.dataplane import DataPlane, PanicError
from tests.gateway.day.deployment import DRAIN_DELAY_SECONDS, Balancer, Gateway
from tests.gateway.day.incidents import Incidents

__all__ = ["Day", "Traffic", "live_through"]

JAVASCRIPT = """
export function transformEvent(event, metadata) {
  const kind = event.kind;
  if (kind === "drop") return null;
  if (kind === "fail") throw new Error("as it was asked to");
  while (kind === "loop");
  if (kind === "hog") { const kept = []; for (;;) kept.push(new Array(500000).fill(kept.length)); }
  if (kind === "slow") for (let n = 0; n < 2000000; n++);
  event.by = "WORKSPACE";
  return kind === "split" ? [0, 1].map((part) => ({ ...event, part })) : event;
}
"""
POISON = "def transformEvent(event, metadata):\n    while True:\n        pass\n"
BROKEN = "def transformEvent(event, metadata)\n    return event\n"
TENANTS: Mapping[str, tuple[str, str]] = {
    "acme": ("pythonfaas", PYTHON),
    "globex": ("javascript", JAVASCRIPT),
    "hooli": ("pythonfaas", POISON),
    "umbrella": ("pythonfaas", BROKEN),
}
ONLY = {"hooli": "loop", "umbrella": "broken"}
ROGUES = ("loop", "hog")
ROGUE_BATCHES = 0.1
TRANSFORM_BATCH, DESTINATION_BATCH = 200, 100  # as processors send them
MOST_BATCHES = 3
POISON_BATCH = 3
REST_SECONDS = 0.4
SETTLING_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Day:
    """What came of it."""

    books: Books
    incidents: Counter[str]
    seen: Counter[str]
    exits: list[int]
    panics: list[str]

    def problems(self) -> list[str]:
        """As the books'; and what the data plane or the servers ended of."""
        found = [*self.panics, *self.books.problems()]
        if any(self.exits):
            found.append(f"servers ended with {self.exits}")
        return found

    def told(self) -> str:
        """All of it, for people."""
        incidents = ", ".join(f"{name} {count}" for name, count in sorted(self.incidents.items()))
        seen = "\n".join(f"  {what:60} {count:>8,}" for what, count in sorted(self.seen.items()))
        return f"{self.books.told()}\nthe data plane saw:\n{seen}\nincidents: {incidents}"


class Traffic:
    """Pipelines of a data plane, one for each tenant, until `over`; then until all that they sent has its end."""

    def __init__(self, plane: DataPlane, books: Books, backend: ConfigBackend, seconds: float, seed: int) -> None:
        self.over = False
        self.reading = asyncio.Event()  # as a storm's load has it
        self.panics: list[str] = []
        self._plane = plane
        self._books = books
        self._backend = backend
        self._seconds = seconds
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._releases = itertools.count(1)
        self._versions: dict[str, str] = {}
        self._began = time.monotonic()
        self.deploy()

    def deploy(self) -> None:
        """New version ids for the same code: nobody knows them yet."""
        release = next(self._releases)
        for tenant, (language, source) in TENANTS.items():
            code = source.replace("WORKSPACE", tenant)
            self._versions[tenant] = self._backend.code(f"{tenant}-v{release}", code, language=language)

    async def run(self) -> None:
        """All tenants. A processor that panics does not come back, and says why in `panics`."""
        await self._plane.features()
        async with asyncio.TaskGroup() as group:
            for tenant in TENANTS:
                group.create_task(self._pipeline(tenant))

    async def _pipeline(self, tenant: str) -> None:
        try:
            while not self.over:
                await self._turn(tenant)
                await asyncio.sleep(REST_SECONDS * (1 - self._rush()))
        except PanicError as panic:
            self.panics.append(f"{tenant}: PANIC {panic}")
        except TimeoutError:
            pass  # the day is over; the books say what is missing

    def _rush(self) -> float:
        """How busy the hour is, 0 to 1: two rush hours a day."""
        return (1 - math.cos(4 * math.pi * (time.monotonic() - self._began) / self._seconds)) / 2

    async def _turn(self, tenant: str) -> None:
        """What one loop of a processor does: batches side by side, stage after stage."""
        version = self._versions[tenant]
        batches = [self._batch(tenant) for _ in range(1 if tenant in ONLY else 1 + round(self._rush() * (MOST_BATCHES - 1)))]
        passed: list[Passed] = []
        for each in await asyncio.gather(*(self._transform(tenant, version, batch) for batch in batches)):
            passed += each
        parts = Counter(one.event.identity for one in passed)
        pieces = [passed[at : at + DESTINATION_BATCH] for at in range(0, len(passed), DESTINATION_BATCH)]
        await asyncio.gather(*(self._deliver(tenant, piece, parts) for piece in pieces))

    async def _transform(self, tenant: str, version: str, events: list[Sent]) -> list[Passed]:
        metadatas = [self._metadata(tenant, event) for event in events]
        body = [
            {
                "message": json.loads(event.payload),
                "metadata": metadata,
                "destination": {"Transformations": [{"VersionID": version}]},
            }
            for event, metadata in zip(events, metadatas, strict=True)
        ]
        elements = await self._plane.ask("/customTransform", body, cold_starts=TENANTS[tenant][0].startswith("python"))
        return self._books.transformed(events, metadatas, elements)

    async def _deliver(self, tenant: str, passed: Sequence[Passed], parts: Mapping[str, int]) -> None:
        destination = {
            "ID": f"{tenant}-destination",
            "Name": "hook",
            "Config": {"webhookUrl": "https://example.com/hook", "webhookMethod": "POST"},
            "DestinationDefinition": {"Name": "WEBHOOK"},
            "WorkspaceID": tenant,
        }
        body = [{"message": one.output, "metadata": one.metadata, "destination": destination} for one in passed]
        self._books.delivered(passed, await self._plane.ask("/v0/destinations/webhook", body), parts)

    def _batch(self, tenant: str) -> list[Sent]:
        dice = self._random
        if tenant in ONLY:
            kinds = [ONLY[tenant]] * POISON_BATCH
        else:
            size = dice.choice((1, 50, TRANSFORM_BATCH, TRANSFORM_BATCH, TRANSFORM_BATCH))
            kinds = dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=size)
            if dice.random() < ROGUE_BATCHES:
                kinds[dice.randrange(size)] = dice.choice(ROGUES)
        events = [self._event(tenant, kind) for kind in kinds]
        self._books.send(events)
        return events

    def _event(self, tenant: str, kind: str) -> Sent:
        identity = f"{tenant}-{next(self._numbers)}"
        pad = "x" * (100_000 if kind == "big" else self._random.randrange(200))
        payload = {"messageId": identity, "id": identity, "type": "track", "event": kind, "kind": kind, "pad": pad}
        return Sent(identity, tenant, kind, json.dumps(payload).encode())

    def _metadata(self, tenant: str, event: Sent) -> dict[str, Any]:
        number = int(event.identity.rpartition("-")[2])
        return {
            "jobId": number,
            "workspaceId": tenant.capitalize(),
            "messageId": event.identity,
            "sourceId": f"{tenant}-source",
            "originalSourceId": "",
            "sourceName": "web",
            "sourceType": "Javascript",
            "sourceCategory": "webhook",
            "destinationId": f"{tenant}-destination",
            "destinationName": "hook",
            "destinationType": "WEBHOOK",
            "rudderId": f"<<>>anon-{number % 50}<<>>",
            "receivedAt": "2026-11-21T10:00:00.000Z",
            "eventName": event.kind,
            "eventType": "track",
            "transformationId": f"{tenant}-transformation",
        }


async def live_through(
    folder: Path, database: Database, *, seconds: float, haste: float, servers: int = 1, seed: int = 0
) -> Day:
    """A day of so many seconds, `haste` times as fast as in real life, against so many servers. Bounded in time."""
    books, exits = Books(), []
    over = time.monotonic() + seconds + SETTLING_SECONDS

    def patience() -> None:
        if time.monotonic() > over:
            raise TimeoutError

    with ConfigBackend() as backend:
        fleet = []
        for number in range(servers):
            (folder / f"server{number}").mkdir()
            delay = DRAIN_DELAY_SECONDS if servers > 1 else 0.0
            fleet.append(Gateway(folder / f"server{number}", database, backend.url, delay=delay))
        balancer = Balancer(fleet)
        await balancer.start()
        plane = DataPlane(f"http://{balancer.address if servers > 1 else fleet[0].http}", haste, patience)
        try:
            for server in fleet:
                await asyncio.to_thread(server.start)
            traffic = Traffic(plane, books, backend, seconds, seed)
            incidents = Incidents(fleet, database, backend, traffic, seed)
            pipelines = asyncio.create_task(traffic.run())
            try:
                await incidents.run(seconds)
                traffic.over = True
                await asyncio.wait({pipelines}, timeout=max(0.0, over - time.monotonic()))
            finally:
                pipelines.cancel()
                await asyncio.gather(pipelines, return_exceptions=True)
            if not pipelines.cancelled() and (wrong := pipelines.exception()) is not None:
                raise wrong
            for server in fleet:
                server.terminate()
                await asyncio.to_thread(server.wait)
                exits += server.exits
            return Day(books, incidents.done, plane.seen, exits, traffic.panics)
        finally:
            await plane.close()
            await balancer.close()
            for server in fleet:
                server.close()
