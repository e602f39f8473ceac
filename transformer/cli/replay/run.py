"""Send letters, give out what they became, mark them: in this order, so that no interruption loses a letter.

Between the answer to a batch and its marks nothing is awaited: Ctrl-C comes before both or after both, and then no letter is
given out twice either. Only a replay that is killed, or whose disk fails, between the two gives those of one batch out again
when it is begun again. Batches go one after the other; that keeps what there was of an order.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from transformer.cli.exits import CommandError, Exit
from transformer.cli.replay.output import Output
from transformer.cli.replay.plan import Due, Group, batches
from transformer.cli.replay.tally import Tally
from transformer.cli.words import many
from transformer.client import AsyncClient, Event, EventMetadata, Outcome, TransformResult, Use
from transformer.deadletters import Letter, LetterFailure, Mark, Sink, SinkError
from transformer.errors import CallerError, Code

__all__ = ["Pace", "Replay"]

_PIPELINE: Final = re.compile(r"(?:workspaces/[^/]+/)?pipelines/")
_MOST_OF_A_SECOND: Final = 1.0
"""A batch has no more events than may be sent in this time, so that a low rate is a steady one."""


class Pace:
    """Lets `rate` events a second through, in order; 0 is any number."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._next = 0.0

    def most(self, batch_size: int) -> int:
        """How many events one batch may have."""
        return min(batch_size, max(1, int(self._rate * _MOST_OF_A_SECOND))) if self._rate else batch_size

    async def wait(self, count: int) -> None:
        """Wait until it is the turn of `count` more events."""
        if not self._rate:
            return
        clock = asyncio.get_running_loop().time
        start = max(clock(), self._next)
        self._next = start + count / self._rate
        await asyncio.sleep(start - clock())


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay. `advance` is called after every batch.

    timeout  seconds that a batch may take, with what failed as retryable sent again
    actor    who replays, for the marks
    """

    sink: Sink
    client: AsyncClient
    output: Output
    tally: Tally
    pace: Pace
    batch_size: int
    timeout: float
    actor: str
    advance: Callable[[], None]

    async def run(self, groups: list[Group]) -> None:
        """Replay every group. What the server refuses stays, with the rest of its group; the other groups go on.

        Raises:
            PlatformError: the server could not answer; what is done is marked, everything else stays as it was.
            SinkError: likewise.
            CommandError: outputs cannot be written, or letters cannot be marked.
        """
        for group in groups:
            left = len(group.letters)
            try:
                for batch in batches(group.letters, self.pace.most(self.batch_size)):
                    await self._batch(group, batch)
                    left -= len(batch)
            except CallerError as error:
                self.tally.refused(group, left, error)
                self.advance()

    async def _batch(self, group: Group, batch: list[Due]) -> None:
        whole = self.sink.read([due.where for due in batch])
        there = [(due, letter) for due, letter in zip(batch, whole, strict=True) if letter is not None]
        if len(there) < len(batch):
            self.tally.gone(group, len(batch) - len(there))
        if there:
            await self._send(group, there)

    async def _send(self, group: Group, there: list[tuple[Due, Letter]]) -> None:
        await self.pace.wait(len(there))
        pipeline = _pipeline(group)
        try:
            result = await self.client.transform_all(
                workspace=group.workspace,
                transformations=() if pipeline else [_step(asked) for asked in group.transformations],
                pipeline=pipeline,
                events=[_event(letter) for _, letter in there],
                timeout=self.timeout,
            )
        except CallerError as error:
            if error.code is not Code.BATCH_TOO_LARGE or len(there) == 1:
                raise
            middle = len(there) // 2
            await self._send(group, there[:middle])
            await self._send(group, there[middle:])
            return
        self._settle(group, there, result)

    def _settle(self, group: Group, there: list[tuple[Due, Letter]], result: TransformResult) -> None:
        now = datetime.now(UTC)
        self.output.give([letter for _, letter in there], result)
        marks = [
            (due.where, _mark(letter, outcome, now, self.actor, result.versions))
            for (due, letter), outcome in zip(there, result.outcomes, strict=True)
        ]
        try:
            self.sink.mark(marks)
        except SinkError as wrong:
            raise CommandError(
                f"the outputs of the last {many(len(there), 'dead letter')} were written, but the letters cannot be marked: "
                f"{wrong}; a replay would write them again, from {there[0][0].id} on",
                Exit.BROKEN,
            ) from None
        self.tally.add(group, result)
        self.advance()


def _pipeline(group: Group) -> str:
    """The pipeline that letters were sent to, "" if it was transformations."""
    first = "".join(group.transformations[:1])
    return first if _PIPELINE.match(first) else ""


def _step(asked: str) -> str | Use:
    """What a letter says was asked for, as a request takes it."""
    name, _, parameters = asked.partition(" ")
    return Use(name, parameters.encode()) if parameters else asked


def _event(letter: Letter) -> Event:
    said = letter.metadata
    metadata = EventMetadata(
        said.source_id, said.destination_id, said.ordering_key, said.received_time or None, said.attributes
    )
    return Event(letter.payload, letter.message_id, metadata, dead_letter=letter.id)


def _mark(letter: Letter, outcome: Outcome, now: datetime, actor: str, versions: tuple[str, ...]) -> Mark:
    failure = outcome.failure
    return Mark(
        letter.id,
        now,
        outcome.status.name.lower(),
        actor,
        LetterFailure(failure.code.text, failure.message, failure.retryable, failure.version, failure.place)
        if failure is not None
        else None,
        versions,
    )
