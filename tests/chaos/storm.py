"""A storm: a server, a load, faults, and the ledger at the end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.faults import Faults
from tests.chaos.ledger import ENDS, Ledger
from tests.chaos.load import ENORMOUS_EVENTS, POISON, Load, publish
from tests.chaos.service import Database, Service, Weight
from transformer.client import AsyncClient

WORKSPACES = ("acme", "globex", "initech")
STARTING_SECONDS = 60.0
SETTLING_SECONDS = 60.0
QUIET_SECONDS = 20.0
# A process that was never under this load, and one that was: what malloc keeps for the next batch is not a leak.
MORE_MIB = 64
MORE_DESCRIPTORS = 15  # connections to the database that are kept: five, of three descriptors each


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a storm."""

    ledger: Ledger
    faults: Counter[str]
    exits: list[int]
    before: Weight
    after: Weight

    def problems(self) -> list[str]:
        """As the ledger's; and what it did to the server."""
        found = self.ledger.problems()
        if any(self.exits):
            found.append(f"the server ended with {self.exits}")
        if self.after.mib > self.before.mib + MORE_MIB:
            found.append(f"memory grew from {self.before.mib:.0f} to {self.after.mib:.0f} MiB")
        if self.after.descriptors > self.before.descriptors + MORE_DESCRIPTORS:
            found.append(f"descriptors grew from {self.before.descriptors} to {self.after.descriptors}")
        if self.after.processes > self.before.processes:
            found.append(f"processes grew from {self.before.processes} to {self.after.processes}")
        return found

    def told(self) -> str:
        """All of it, for people."""
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return f"{self.ledger.told()}\nfaults: {faults}\nbefore: {self.before}\nafter:  {self.after}"


async def storm(folder: Path, database: Database, *, seconds: float, seed: int) -> Report:
    """Run one. Bounded in time: what is not settled a minute after the faults ended is missing."""
    ledger = Ledger()
    service = Service(folder, database)
    load = Load(service.address, ledger, seed)
    faults = Faults(service, database, load, seed)
    try:
        service.start()
        await _unless_it_fails(service, publish(service.address, WORKSPACES))
        await _unless_it_fails(service, _warm_up(load))
        before = await _quiet(service)
        senders = asyncio.create_task(load.run(WORKSPACES))
        try:
            await faults.run(seconds)
            load.over = True
            await asyncio.wait({senders}, timeout=SETTLING_SECONDS)
        finally:
            if not senders.done():
                senders.cancel()
            await asyncio.gather(senders, return_exceptions=True)
        if not senders.cancelled() and (wrong := senders.exception()) is not None:
            raise wrong
        await _unless_it_fails(service, _warm_up(load))  # the process may be a new one
        after = await _quiet(service, before)
        service.terminate()
        await asyncio.to_thread(service.wait)
        return Report(ledger, faults.done, service.exits, before, after)
    finally:
        service.close()


async def _unless_it_fails(service: Service, work: Coroutine[None, None, None]) -> None:
    """Do `work`, which no fault stands in the way of. A server that ends, or never answers, is a failure with what it said last."""
    task, end = asyncio.create_task(work), time.monotonic() + STARTING_SECONDS
    while not task.done():
        await asyncio.wait({task}, timeout=0.1)
        if not task.done() and (service.ended() or time.monotonic() > end):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            what = "ended" if service.ended() else f"answered nothing good in {STARTING_SECONDS:g} s"
            raise AssertionError(f"the server {what}; it said last:\n{service.log()}")
    try:
        task.result()
    except Exception as wrong:
        raise AssertionError(f"{wrong}; the server said last:\n{service.log()}") from wrong


async def _warm_up(load: Load) -> None:
    """Every kind of event, every workspace, and a batch that is too large: what a server allocates once, it allocates now."""
    harmless = [kind for kind in ENDS if kind not in POISON for _ in range(3)]
    async with AsyncClient(load.address, attempts=1) as client:

        async def send(workspace: str, *kinds: str) -> None:
            await load.deliver(client, workspace, load.batch(workspace, kinds=kinds))

        await asyncio.gather(
            *(send(workspace, *harmless) for workspace in WORKSPACES),
            *(send(workspace, *["good"] * 200) for workspace in WORKSPACES),
            send(WORKSPACES[0], *POISON),
            send(WORKSPACES[1], *["good"] * ENORMOUS_EVENTS),
        )


async def _quiet(service: Service, like: Weight | None = None) -> Weight:
    """The weight once idle workers and connections are gone, and, if given, once it is `like` before; or what it is at last."""
    end = time.monotonic() + QUIET_SECONDS
    while True:
        weight = service.weight()
        calm = weight.processes <= (3 if like is None else like.processes)  # the zygote, its child, a spare worker
        if like is not None:
            calm = calm and weight.descriptors <= like.descriptors + MORE_DESCRIPTORS
        if calm or time.monotonic() > end:
            return weight
        await asyncio.sleep(0.1)
