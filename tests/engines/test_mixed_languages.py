"""Pipelines of steps in different languages, in one confined worker: one outcome for each event that came in, whatever happens where."""

import json

import pytest
import pytest_asyncio

from transformer.errors import Code
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

E, D, F = Status.EMITTED, Status.DROPPED, Status.FAILED

PYTHON = """
def transformEvent(event, metadata):
    event["way"] = event.get("way", "") + "p"
    event["source"] = metadata(event).get("sourceId", "")
    if event["n"] == 1:
        raise Drop("python says no")
    if event["n"] == 2:
        raise ValueError("python fails")
    return event
"""
JAVASCRIPT = """
export async function transformEvent(event, metadata) {
  await null;
  event.way = (event.way ?? "") + "j";
  event.seen = metadata(event).sourceId ?? "";
  if (event.n === 3) throw new Drop("javascript says no");
  if (event.n === 4) throw new TypeError("javascript fails");
  if (event.n === 5) return [event, { ...event, copy: true }];
  return event;
}
"""
KEEP = {
    "python": "def transformEvent(event, metadata):\n    return event\n",
    "javascript": "export function transformEvent(event) {\n  return event;\n}\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


async def run(pool, sources, count=8, **limits):
    steps = tuple(Step(f"{at} {source}", engine, f"step {at}", source) for at, (engine, source) in enumerate(sources))
    payloads = [json.dumps({"n": n}).encode() for n in range(count)]
    plan = Plan("w", steps, pool.settings.limits if not limits else pool.settings.limits.__class__(**limits))
    return await pool.run(plan, Batch(payloads, metadata=[{"sourceId": f"s{n}"} for n in range(count)]))


@pytest.mark.parametrize("order", ["pj", "jp", "pjp", "jpj"])
async def test_every_event_has_one_outcome(pool, order):
    ledger = await run(pool, [("python", PYTHON) if each == "p" else ("javascript", JAVASCRIPT) for each in order])
    assert list(ledger.status) == [E, D, F, D, F, E, E, E]
    assert ledger.reasons == {1: "python says no", 3: "javascript says no"}
    assert {index: (failure.code, failure.message) for index, failure in ledger.failures.items()} == {
        2: (Code.EXCEPTION, "ValueError: python fails"),
        4: (Code.EXCEPTION, "TypeError: javascript fails"),
    }
    outputs = [(json.loads(payload), inputs) for payload, inputs in zip(*ledger.outputs(), strict=True)]
    assert sorted({inputs for _, inputs in outputs}) == [(0,), (5,), (6,), (7,)]
    assert {output["way"] for output, _ in outputs} == {order}
    assert all(output["source"] == output["seen"] == f"s{inputs[0]}" for output, inputs in outputs)
    assert sum(inputs == (5,) for _, inputs in outputs) == 2 ** order.count("j")


async def test_failure_names_the_step(pool):
    ledger = await run(pool, [("python", KEEP["python"]), ("javascript", JAVASCRIPT), ("python", PYTHON)])
    assert (ledger.failures[4].place.line, ledger.failures[4].place.function) == (7, "transformEvent")
    assert ledger.failures[2].place.line == 8


async def test_batch_function_between_steps_of_the_other_language(pool):
    batch = "export function transformBatch(events) {\n  return events.filter((event) => event.n % 2 === 0).reverse();\n}\n"
    ledger = await run(pool, [("python", KEEP["python"]), ("javascript", batch), ("python", KEEP["python"])], 6)
    assert list(ledger.status) == [E, D, E, D, E, D]
    assert sorted(json.loads(payload)["n"] for payload in ledger.outputs()[0]) == [0, 2, 4]


@pytest.mark.parametrize("engine", ["python", "javascript"])
async def test_loop_in_one_language_costs_one_event(pool, engine):
    loop = {
        "python": "def transformEvent(event, metadata):\n    while event['n'] == 2:\n        pass\n    return event\n",
        "javascript": "export function transformEvent(event) {\n  while (event.n === 2);\n  return event;\n}\n",
    }[engine]
    other = "python" if engine == "javascript" else "javascript"
    ledger = await run(pool, [(other, KEEP[other]), (engine, loop), (other, KEEP[other])], 5, event_seconds=0.4)
    assert list(ledger.status) == [E, E, F, E, E]
    assert ledger.failures[2].code == Code.TIME_LIMIT


async def test_values_that_both_languages_know_arrive_unchanged(pool):
    event = {
        "s": 'ä€😀\u2028"\\',
        "f": 1.5,
        "i": -7,
        "big": 2**53,
        "t": True,
        "none": None,
        "l": [[], {}, ""],
        "": {"__proto__x": 1},
    }
    steps = tuple(
        Step(f"keep {at}", engine, engine, KEEP[engine]) for at, engine in enumerate(("python", "javascript", "python"))
    )
    ledger = await pool.run(Plan("w", steps, pool.settings.limits), Batch([json.dumps(event).encode()]))
    assert json.loads(ledger.payloads[0]) == event


ODD = """
def transformEvent(event, metadata):
    event["x"] = float("nan") if event["n"] == 1 else {1, 2} if event["n"] == 2 else None
    return event
"""


@pytest.mark.parametrize("after", ["event", "batch"])
@pytest.mark.parametrize("before", ["event", "batch"])
async def test_what_json_cannot_say_is_the_fault_of_the_step_that_made_it(pool, before, after):
    odd = (
        ODD
        if before == "event"
        else ODD.replace("transformEvent", "odd")
        + ("\ndef transformBatch(events, metadata):\n    return [odd(event, metadata) for event in events]\n")
    )
    keep = KEEP["javascript"] if after == "event" else "export function transformBatch(events) {\n  return events;\n}\n"
    ledger = await run(pool, [("python", odd), ("javascript", keep)], 4)
    assert list(ledger.status) == [E, F, F, E]
    assert {(failure.code, failure.step) for failure in ledger.failures.values()} == {(Code.OUTPUT_NOT_JSON, 0)}
