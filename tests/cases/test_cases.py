"""File cases of language behaviour: programs with what becomes of their events beside them, exact to the letter and the column.

A file under `python/` is one feature. It is a list of cases, each a whole program between two `# case:` lines:

    # case: adds a field
    def transformEvent(event, metadata):
        event["x"] = 1
        return event
    # event: {"n": 1}                         as many as wanted; one {"n": 1} if there is none
    # expect: emitted {"n":1,"x":1}           or: dropped [reason], failed CODE TEXT (PLACE), refused LINE:COLUMN TEXT, logged
    # TEXT

Lines count from the one after `# case:`. `make expect` rewrites the expectations from what the code does now; read the diff.
"""

import os
import re
from pathlib import Path

import pytest
import pytest_asyncio

from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

FILES = sorted(Path(__file__).parent.glob("python/*.py"))


class Case:
    """One case of a file: its name, program, events, and expectations as they stand there."""

    def __init__(self, path, name, text):
        self.path = path
        self.name = name
        lines = text.splitlines()
        told = [line for line in lines if line.startswith(("# event: ", "# expect: "))]
        self.source = "\n".join(line for line in lines if line not in told).rstrip() + "\n"
        self.events = [line[9:].encode() for line in told if line.startswith("# event: ")]
        self.expects = [line[10:] for line in told if line.startswith("# expect: ")]

    def text(self, expects):
        """The case as it stands in its file, with these expectations."""
        events = [f"# event: {event.decode()}" for event in self.events]
        return "\n".join([f"# case: {self.name}", self.source.rstrip(), *events, *(f"# expect: {each}" for each in expects)])


def cases_of(path):
    head, *parts = re.split(r"^# case: ", path.read_text(), flags=re.MULTILINE)
    return head, [Case(path, *part.split("\n", 1)) for part in parts]


CASES = [case for path in FILES for case in cases_of(path)[1]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=1)) as made:
        yield made


async def outcome(pool, case):
    """What became of the case, in the words of the files."""
    report = await pool.check("w", "python", case.source, case.name)
    if report.problems:
        return [f"refused {each.line}:{each.column} {each.message}" for each in report.problems]
    step = Step(case.name + case.source, "python", case.name, case.source)
    payloads = case.events or [b'{"n": 1}']
    ledger = await pool.run(Plan("w", (step,), pool.settings.limits), Batch(payloads), keep_logs=True)
    outputs, told = list(zip(*ledger.outputs(), strict=True)), []
    for index, status in enumerate(ledger.status):
        told += [f"logged {line}" for line in ledger.logs.get(index, ())]
        if status == Status.FAILED:
            failure = ledger.failures[index]
            place = failure.place
            where = f" ({place.line}:{place.column} {place.function or 'module'})" if place else ""
            told.append(f"failed {failure.code.text} {failure.message}{where}")
        elif status == Status.DROPPED:
            told.append(f"dropped {ledger.reasons.get(index, '')}".rstrip())
        told += [f"emitted {payload.decode().rstrip()}" for payload, inputs in outputs if inputs[0] == index]
    return told


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.stem}: {case.name}")
async def test_case(pool, case):
    told = await outcome(pool, case)
    if os.environ.get("EXPECT"):
        head, cases = cases_of(case.path)
        texts = [each.text(told if each.name == case.name else each.expects) for each in cases]
        case.path.write_text(head + "\n\n\n".join(texts) + "\n")
        return
    assert told == case.expects


def test_names_of_cases_are_unique():
    for path in FILES:
        names = [case.name for case in cases_of(path)[1]]
        assert len(set(names)) == len(names), path.name
