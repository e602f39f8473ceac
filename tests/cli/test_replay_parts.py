"""The parts of a replay without a server: order, batches, pace, and letters that are gone."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime

import pytest

from transformer.cli.exits import CommandError
from transformer.cli.replay.command import instead_of
from transformer.cli.replay.output import Output as GivenOut
from transformer.cli.replay.plan import Due, batches, plan
from transformer.cli.replay.run import Pace, Replay
from transformer.cli.replay.tally import Tally
from transformer.client import AsyncClient, Failure, Outcome, Output, Status, TransformResult
from transformer.deadletters import Letter, LetterFailure, Line, Mark, Selection, next_id, open_sink
from transformer.errors import Code, PlatformError
from transformer.settings import Settings


async def test_the_rate_is_kept():
    pace, began = Pace(100), time.monotonic()
    for _ in range(3):
        await pace.wait(10)
    assert time.monotonic() - began >= 0.2  # the third batch waits for the first two


async def test_letters_that_are_gone_when_it_is_their_turn_are_counted(tmp_path):
    sink = open_sink(Settings(dead_letters=f"directory:{tmp_path}/letters"))
    letters = [Letter(next_id(), datetime.now(UTC), "w", ("t",), LetterFailure("T201", "no")) for _ in range(3)]
    sink.keep("w", [Line(letter.id, letter.time, letter.line()) for letter in letters])
    groups = plan(sink, Selection())
    sink.purge(Selection())
    tally = Tally(3)
    async with AsyncClient("127.0.0.1:1") as client:
        with (tmp_path / "out").open("wb") as target:
            output = GivenOut(target, outcomes=False)
            await Replay(sink, client, output, tally, Pace(0), 10, 1.0, "ada", lambda: None).run(groups)
    assert (tally.done, tally.whole(), tally.held) == (3, {"gone": 3}, True)


def test_what_was_never_replayed_comes_first_then_the_oldest(tmp_path):
    sink = open_sink(Settings(dead_letters=f"directory:{tmp_path}/letters"))
    letters = [Letter(next_id(), datetime.now(UTC), "w", ("t",), LetterFailure("T201", "no")) for _ in range(4)]
    sink.keep("w", [Line(letter.id, letter.time, letter.line()) for letter in letters])
    wheres = [kept.where for kept in sink.find(Selection())]
    sink.mark([(wheres[n], Mark(letters[n].id, datetime.now(UTC), "failed")) for n in (0, 2, 2)])
    (group,) = plan(sink, Selection())
    assert [due.id for due in group.letters] == [letters[n].id for n in (1, 3, 0, 2)]
    (through,) = plan(sink, Selection(), ["transformations/u"])
    assert through.transformations == ("transformations/u",)


def test_through_names_transformations_or_one_pipeline():
    assert instead_of(["u", "v@4"]) == ["transformations/u", "transformations/v/versions/4"]
    assert instead_of(["pipelines/p"]) == ["pipelines/p"]
    assert instead_of(["pipelines/p@3"]) == ["pipelines/p/versions/3"]
    for wrong in (["pipelines/p", "u"], ["pipelines/p@x"], ["pipelines/P"], ["pipelines/"]):
        with pytest.raises(CommandError):
            instead_of(wrong)


def test_batches_are_bounded_in_events_and_bytes():
    letters = [Due(0, f"{n}", 2**20, n) for n in range(10)] + [Due(0, "large", 2**23, 10), Due(0, "last", 1, 11)]
    assert [len(batch) for batch in batches(letters, 3)] == [3, 3, 3, 1, 1, 1]
    assert [len(batch) for batch in batches(letters, 100)] == [4, 4, 2, 1, 1]


@pytest.mark.parametrize(("rate", "most"), [(0, 200), (1000, 200), (50, 50), (0.1, 1)])
def test_a_low_rate_makes_small_batches(rate, most):
    assert Pace(rate).most(200) == most


class Moody:
    """A service that emits, drops or fails events as dice say, is away now and then, and takes its time."""

    def __init__(self, dice):
        self.dice = dice

    async def transform_all(self, *, events, **_):
        for _ in range(self.dice.randrange(3)):
            await asyncio.sleep(0)
        if self.dice.random() < 0.1:
            raise PlatformError(Code.UNREACHABLE, "away")
        statuses = [self.dice.choice([Status.EMITTED, Status.EMITTED, Status.DROPPED, Status.FAILED]) for _ in events]
        failure = Failure(Code.EXCEPTION, "again", retryable=False)
        return TransformResult(
            tuple(
                Outcome(event.message_id, status, failure=failure if status is Status.FAILED else None)
                for event, status in zip(events, statuses, strict=True)
            ),
            tuple(Output(event.payload, (n,)) for n, event in enumerate(events) if statuses[n] is Status.EMITTED),
        )


@pytest.mark.parametrize("seed", range(5))
async def test_however_often_a_replay_is_interrupted_every_letter_is_given_out_at_most_once(tmp_path, seed):
    dice = random.Random(seed)
    sink = open_sink(Settings(dead_letters=f"directory:{tmp_path}/letters"))
    letters = [
        Letter(next_id(), datetime.now(UTC), "w", (f"t{n % 3}",), LetterFailure("T201", "no"), b'{"n":%d}' % n)
        for n in range(60)
    ]
    sink.keep("w", [Line(letter.id, letter.time, letter.line()) for letter in letters])
    with (tmp_path / "out").open("wb", buffering=0) as target:
        output = GivenOut(target, outcomes=False)
        while groups := plan(sink, Selection()):
            left = sum(len(group.letters) for group in groups)
            run = Replay(sink, Moody(dice), output, Tally(left), Pace(0), 4, 1.0, "ada", lambda: None).run(groups)
            task = asyncio.create_task(run)
            for _ in range(dice.randrange(40)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    done = {kept.letter.id: kept.last.status for kept in sink.find(Selection(state="replayed"))}
    emitted = [letter.payload for letter in letters if done[letter.id] == "emitted"]
    assert sorted((tmp_path / "out").read_bytes().splitlines()) == sorted(emitted)
    assert len(done) == 60
