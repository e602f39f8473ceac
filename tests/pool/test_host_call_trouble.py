"""Host calls and whatever goes wrong: guests that abuse them, workers and callers that are lost while they wait."""

import asyncio

import psutil
import pytest

from tests.pool.host_calls import ASKS, codes, outputs, run
from transformer.errors import Code

HOSTILE = {
    "an unknown kind": 'call(1, "shell")',
    "the same id twice": "call(5); call(5)",
    "an id that went back": "call(5); call(4)",
    "an event that is not there": "call(1, event=99)",
    "a step that is not there": "call(1, step=99)",
    "arguments that are none": 'send(9, b"\\x01\\0\\0\\0\\x02\\0\\0\\0[]")',
    "less than a head": 'send(9, b"\\x01")',
    "a tail that does not fit": """send(9, b'\\x01\\0\\0\\0' + len(h := b'{"event":0,"step":0,"kind":"kv","arguments":{},"tail":[["b",9]]}').to_bytes(4, "little") + h + b"x")""",
    "a negative tail": """send(9, b'\\x01\\0\\0\\0' + len(h := b'{"event":0,"step":0,"kind":"kv","arguments":{},"tail":[["b",-1]]}').to_bytes(4, "little") + h)""",
    "too large a call": 'call(1, arguments={"a": "x" * 3_000_000})',
    "more than an event may": "[call(n) for n in range(1, 103)]",
    "more than may be in flight": 'time.sleep(0.1); [call(n, event=None, arguments={"hang": 1}) for n in range(1, 50)]',
    "an answer of its own": 'send(10, b"\\x01\\0\\0\\0\\x0c\\0\\0\\0" + b\'{"value":1}\')',
}


class TestHostileGuest:
    """A guest that has left its sandbox speaks the protocol as it likes. It costs its own worker, and the events that it had."""

    @pytest.mark.parametrize("doing", HOSTILE.values(), ids=HOSTILE)
    async def test_it_is_ended_and_forfeits_its_events(self, asking_pool, doing, upstream, until):
        pool = await asking_pool(calls_in_flight=20)
        source = f"def transformEvent(event, metadata):\n    {doing}\n    time.sleep(30)\n"
        ledger = await run(pool, source, 2)
        assert codes(ledger) == [Code.CRASHED] * 2
        assert "sandbox" in ledger.failures[0].message
        await until(lambda: upstream.waiting == 0)
        assert outputs(await run(pool, ASKS, 2)) == [{"n": n, "got": n, "source": f"source {n}"} for n in range(2)]

    async def test_a_call_between_turns_costs_the_worker_at_most(self, asking_pool):
        pool = await asking_pool()
        source = """
def transformEvent(event, metadata):
    host._calls._last = 1000
    return event
"""
        source += """
write = os.writev
def writev(descriptor, parts):
    written = write(descriptor, parts)
    if parts[0][4] == 3:  # the last outcomes, and the end of the turn with them
        call(77)
    return written
os.writev = writev
"""
        assert codes(await run(pool, source, 2)) == [None, None]
        # It is found before the next turn, or passes for one of its calls.
        assert outputs(await run(pool, ASKS, 2)) == [{"n": n, "got": n, "source": f"source {n}"} for n in range(2)]

    @pytest.mark.parametrize("counts", [{"nonsense": 1}, {"logs": -1}, {"logs": 0.5}, {"logs": True}, {"logs": 2**53}, [1], 7])
    async def test_counts_that_there_cannot_be_cost_the_worker(self, asking_pool, watch, until, counts):
        pool = await asking_pool()
        source = f"def transformEvent(event, metadata):\n    host.count.__self__.counts = {counts}\n    return event\n"
        ledger = await run(pool, source, 2)
        assert (codes(ledger), ledger.counts) == ([None, None], {})
        await until(lambda: watch.ended == ["protocol"])

    async def test_answers_that_are_never_read_end_with_the_turn(self, asking_pool, upstream):
        pool = await asking_pool(turn_seconds=2.5, event_seconds=1.0, reply_bytes=4 * 2**20, calls_in_flight=50)
        source = """
def transformBatch(events, metadata):
    for n in range(1, 60):
        call(n, event=None, arguments={"text": 4_000_000})
    time.sleep(60)
"""
        ledger = await run(pool, source, 2)
        assert codes(ledger) == [Code.TIME_LIMIT] * 2
        assert outputs(await run(pool, ASKS, 1)) == [{"n": 0, "got": 0, "source": "source 0"}]

    async def test_answers_that_are_not_read_do_not_hold_up_the_end_of_the_turn(self, asking_pool, upstream):
        pool = await asking_pool(calls_in_flight=50)
        source = """
def transformEvent(event, metadata):
    for n in range(1, 60):
        call(n, event=None, arguments={"text": 4_000_000})
    host._calls._last = 100
    time.sleep(0.5)
    return event
"""
        assert codes(await run(pool, source, 1)) == [None]
        assert outputs(await run(pool, ASKS, 1)) == [{"n": 0, "got": 0, "source": "source 0"}]

    async def test_a_mark_that_lies_about_waiting_does_not_outlive_the_turn(self, asking_pool):
        pool = await asking_pool(event_seconds=0.3, turn_seconds=1.0)
        source = "def transformEvent(event, metadata):\n    set_mark(0xFFFFFFFB)\n    time.sleep(60)\n"
        ledger = await run(pool, source, 2)
        assert codes(ledger) == [Code.BATCH_TIME] * 2


class TestTroubleWhileCallsWait:
    async def test_a_poison_event_fails_alone_and_the_others_are_asked_again(self, asking_pool, upstream):
        pool = await asking_pool()
        upstream.wait_for(4)
        source = """
def transformEvent(event, metadata):
    event["got"] = host.ask("kv", {"n": event["n"]})
    if event["n"] == 2:
        os._exit(9)
    return event
"""
        ledger = await run(pool, source, 4)
        assert codes(ledger) == [None, None, Code.CRASHED, None]
        assert [output["n"] for output in outputs(ledger)] == [0, 1, 3]

    async def test_an_event_that_never_ends_fails_alone_while_others_wait(self, asking_pool, upstream, until):
        pool = await asking_pool(event_seconds=0.3)
        source = """
def transformEvent(event, metadata):
    if event["n"] == 2:
        while True:
            pass
    event["got"] = host.ask("kv", {"n": event["n"]})
    return event
"""
        ledger = await run(pool, source, 4)
        assert codes(ledger) == [None, None, Code.TIME_LIMIT, None]
        await until(lambda: upstream.waiting == 0)

    async def test_waiting_is_not_the_time_of_an_event(self, asking_pool, upstream):
        pool = await asking_pool(event_seconds=0.5, turn_seconds=60)
        running = asyncio.ensure_future(run(pool, ASKS, 3))
        upstream.wait_for(1 << 30)
        await asyncio.sleep(1.2)
        assert not running.done()
        upstream.release.set()
        assert codes(await running) == [None] * 3

    async def test_the_turn_ends_a_call_that_is_never_answered(self, asking_pool, upstream, watch, until):
        pool = await asking_pool(turn_seconds=2.0, call_seconds=60)
        source = 'def transformEvent(event, metadata):\n    return host.ask("kv", {"hang": 1})\n'
        ledger = await run(pool, source, 3)
        assert codes(ledger) == [Code.BATCH_TIME] * 3
        assert all(failure.retryable for failure in ledger.failures.values())
        assert "waited for host calls" in ledger.failures[0].message
        await until(lambda: upstream.waiting == 0)
        await until(lambda: watch.seen == [("w", "kv", "cancelled")] * 3)

    async def test_events_that_are_ready_keep_their_outcome_when_the_worker_is_lost(self, asking_pool, upstream, until):
        pool = await asking_pool(turn_seconds=2.5, call_seconds=60)
        source = """
def transformEvent(event, metadata):
    return host.ask("kv", {"hang": 1}) if event["n"] == 3 else event
"""
        ledger = await run(pool, source, 5)
        assert codes(ledger) == [None, None, None, Code.BATCH_TIME, None]

    async def test_a_caller_who_leaves_takes_the_calls_along(self, asking_pool, upstream, until):
        pool = await asking_pool()
        source = 'def transformEvent(event, metadata):\n    return host.ask("kv", {"hang": 1})\n'
        running = asyncio.ensure_future(run(pool, source, 3))
        await until(lambda: upstream.waiting == 3)
        running.cancel()
        await until(lambda: upstream.waiting == 0 and running.done())
        assert upstream.cancelled == 3

    async def test_a_worker_that_is_killed_while_calls_wait_is_replaced(self, asking_pool, upstream, until):
        pool = await asking_pool()
        upstream.wait_for(1 << 30)
        source = """
def transformEvent(event, metadata):
    event["pid"] = host.ask("kv", {"n": 0})
    return event
"""
        running = asyncio.ensure_future(run(pool, source, 3))
        await until(lambda: upstream.waiting == 3)
        (worker,) = psutil.Process(pool._nurseries.of(frozenset({"toy"})).zygote.pid).children()
        worker.kill()
        await until(lambda: upstream.cancelled == 3)
        await until(lambda: upstream.waiting == 3)
        upstream.release.set()
        assert codes(await running) == [None] * 3

    async def test_budgets_are_errors_in_the_code(self, asking_pool, upstream):
        pool = await asking_pool(event_calls=3, batch_calls=8)
        source = """
def transformEvent(event, metadata):
    event["kinds"] = []
    for n in range(5):
        try:
            host.ask("kv", {"n": n})
            event["kinds"].append("ok")
        except CallError as error:
            event["kinds"].append(error.kind + error.message[-14:])
    return event
"""
        ledger = await run(pool, source, 3)
        kinds = [output["kinds"] for output in outputs(ledger)]
        assert sum(each.count("ok") for each in kinds) == 8
        assert {kind for each in kinds for kind in each} == {"ok", "busy (event_calls)", "busy (batch_calls)"}
        assert upstream.total == 8
