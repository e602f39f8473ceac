"""The time of an event is its own, whatever it waits for and however often."""

import asyncio

import pytest

from tests.pool.host_calls import codes, run
from transformer.errors import Code

RUNS_IN_PIECES = {
    "toy": """
import time

def transformEvent(event, metadata):
    while event["n"] == 1:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        try:
            host.ask("kv", {})
        except Exception:
            pass
    return event
""",
    "python": """
def transformEvent(event, metadata):
    while event["n"] == 1:
        for _ in range(100_000):
            pass
        try:
            kv.get("k")
        except Exception:
            pass
    return event
""",
    "javascript": """
export async function transformEvent(event) {
  while (event.n === 1) {
    const end = Date.now() + 50;
    while (Date.now() < end);
    try { await kv.get("k"); } catch {}
  }
  return event;
}
""",
}


@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=pytest.mark.need(name)) if name == "javascript" else name for name in RUNS_IN_PIECES]
)
async def test_what_an_event_runs_between_its_calls_is_added_up(asking_pool, upstream, watch, engine):
    pool = await asking_pool(event_seconds=0.3, event_calls=10_000, turn_seconds=60.0)
    ledger = await run(pool, RUNS_IN_PIECES[engine], engine=engine)
    assert codes(ledger) == [None, Code.TIME_LIMIT, None]
    assert ledger.failures[1].message == "the event ran longer than 0.3 s"
    assert watch.ended == []
    assert upstream.total > 1


BATCH_OF_CALLS = """
def transformBatch(events, metadata):
    for event in events:
        kv.get("k")
    return events
"""


@pytest.mark.parametrize(("spare", "expected"), [(0.0, Code.BATCH_TIME), (60.0, None)])
async def test_a_batch_that_waits_may_take_longer_where_that_is_allowed(asking_pool, upstream, spare, expected):
    async def slow(*_call):
        await asyncio.sleep(0.4)
        return {"values": [None]}

    pool = await asking_pool(event_seconds=0.2, turn_seconds=0.8, turn_wait_seconds=spare)
    pool.broker.register("kv", slow)
    ledger = await run(pool, BATCH_OF_CALLS, 4, engine="python")
    assert codes(ledger) == [expected] * 4
