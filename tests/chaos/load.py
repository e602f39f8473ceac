"""Who sends, and what: good, slow, poison and enormous batches of several workspaces, one by one and over streams.

A sender does what a data plane does: it sends again what is retryable, and cuts a batch in two that is too large.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Sequence

from tests.chaos.ledger import Ledger, Sent
from transformer.client import AsyncClient, Event, TransformBatch, TransformResult
from transformer.errors import CallerError, Code, PlatformError

SOURCE = """
def transformEvent(event, metadata):
    kind = event["kind"]
    if kind == "drop":
        return None
    if kind == "fail":
        raise ValueError("as it was asked to")
    while kind == "loop":
        pass
    if kind == "hog":
        kept = []
        while True:
            kept.append(str(len(kept)) * 500000)
    if kind == "slow":
        for n in range(200000):
            pass
    event["by"] = "WORKSPACE"
    if kind == "split":
        return [dict(event, part=part) for part in (0, 1)]
    return event
"""
TRANSFORMATION = "mixed"
WEIGHTS = {"good": 860, "drop": 40, "fail": 40, "split": 30, "slow": 20, "big": 10}
POISON = ("loop", "hog")
POISONED_BATCHES = 0.04
ENORMOUS_BATCHES = 0.02
ENORMOUS_EVENTS = 6000  # more than the server takes in one batch
CALL_SECONDS = 20.0
PAUSE_SECONDS = 0.05


async def publish(address: str, workspaces: Sequence[str]) -> None:
    """The same transformation for every workspace, but for the name that it leaves in what it touches."""
    async with AsyncClient(address) as client:
        for workspace in workspaces:
            await client.create_workspace(workspace)
            await client.create_transformation(workspace, TRANSFORMATION)
            version = await client.create_version(workspace, TRANSFORMATION, SOURCE.replace("WORKSPACE", workspace))
            await client.activate_version(workspace, TRANSFORMATION, version.number)


class Load:
    """Senders that go on until `stop`, and then until all that they sent is settled. `stalled`: nobody reads from streams."""

    def __init__(self, address: str, ledger: Ledger, seed: int) -> None:
        self.address = address
        self.ledger = ledger
        self.over = False
        self.reading = asyncio.Event()
        self.reading.set()
        self._random = random.Random(seed)
        self._numbers = itertools.count()

    async def run(self, workspaces: Sequence[str]) -> None:
        """Two senders of batches and one of streams for each workspace."""
        async with asyncio.TaskGroup() as group:
            for workspace in workspaces:
                group.create_task(self._batches(workspace))
                group.create_task(self._batches(workspace))
                group.create_task(self._streams(workspace))

    def batch(self, workspace: str, size: int = 0, kinds: Sequence[str] = ()) -> list[Sent]:
        """New events, entered into the ledger; of random kinds where none are given."""
        dice = self._random
        if not kinds and dice.random() < ENORMOUS_BATCHES:
            kinds = ["good"] * ENORMOUS_EVENTS
        elif not kinds:
            kinds = dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=size or dice.choice((1, 10, 50, 200)))
            if dice.random() < POISONED_BATCHES:
                kinds[dice.randrange(len(kinds))] = dice.choice(POISON)
        events = [self._event(workspace, kind) for kind in kinds]
        self.ledger.send(events)
        return events

    async def deliver(self, client: AsyncClient, workspace: str, events: list[Sent]) -> None:
        """Send these, and again what has to go again, until every one of them is settled."""
        waiting = [events]
        while waiting:
            part = waiting.pop()
            try:
                result = await client.transform(
                    workspace=workspace, transformations=[TRANSFORMATION], events=_wire(part), timeout=CALL_SECONDS
                )
            except CallerError as wrong:
                if wrong.code is not Code.BATCH_TOO_LARGE:
                    self.ledger.wrong.append(f"a batch was blamed on the caller: {wrong.code.text} {wrong.message}")
                    return
                self.ledger.refused(wrong.code)
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
            except PlatformError as wrong:
                self.ledger.refused(wrong.code)
                waiting.append(part)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                if again := self._take(part, result):
                    waiting.append(again)
                    await asyncio.sleep(PAUSE_SECONDS)

    def _take(self, events: list[Sent], result: TransformResult) -> list[Sent]:
        return self.ledger.answer(events, result.outcomes, result.outputs)

    async def _batches(self, workspace: str) -> None:
        async with AsyncClient(self.address, attempts=1) as client:
            while not self.over:
                await self.deliver(client, workspace, self.batch(workspace))

    async def _streams(self, workspace: str) -> None:
        """One stream after the other, and what they leave open one by one."""
        async with AsyncClient(self.address, attempts=1) as client:
            while not self.over:
                sent: list[list[Sent]] = []
                answered = 0
                again: list[list[Sent]] = []
                try:
                    async for answer in client.stream(self._stream_of(workspace, sent)):
                        events = sent[answered]
                        answered += 1
                        if isinstance(answer, TransformResult):
                            again.append(self._take(events, answer))
                        else:
                            self.ledger.refused(answer.code)
                            again.append(events)
                        await self.reading.wait()
                except PlatformError as lost:
                    self.ledger.refused(lost.code)
                for events in [*again, *sent[answered:]]:
                    if events:
                        await self.deliver(client, workspace, events)

    async def _stream_of(self, workspace: str, sent: list[list[Sent]]) -> AsyncIterator[TransformBatch]:
        for _ in range(self._random.randrange(5, 40)):
            if self.over:
                return
            events = self.batch(workspace, size=self._random.choice((1, 20, 100)))
            sent.append(events)
            yield TransformBatch(workspace=workspace, transformations=[TRANSFORMATION], events=_wire(events))

    def _event(self, workspace: str, kind: str) -> Sent:
        identity = f"{workspace}-{next(self._numbers)}"
        pad = "x" * (200_000 if kind == "big" else self._random.randrange(200))
        return Sent(identity, workspace, kind, json.dumps({"id": identity, "kind": kind, "pad": pad}).encode())


def _wire(events: Sequence[Sent]) -> list[Event]:
    return [Event(event.payload, event.identity) for event in events]
