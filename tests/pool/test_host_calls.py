"""Host calls from worker to broker and back: they overlap, keep to their limits, and what abuses them costs only itself."""

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from transformer.broker import Broker
from transformer.capabilities import Capabilities
from transformer.engines.base import EngineSpec
from transformer.errors import Code
from transformer.pool import Batch, Plan, Pool, Step
from transformer.pool.watch import Watch
from transformer.settings import Settings
from transformer.wire.calls import CallError

TOY = EngineSpec("toy", "Python as it is.", (".toy",), "toy_calls", "def transformEvent(event, metadata):\n    return event\n")
ALL = Capabilities(hosts=("*",), secrets=("key",), kv="", geolocation=True)
ASKS = """
def transformEvent(event, metadata):
    host.log(f"before {event['n']}")
    event["got"] = host.ask("kv", {"n": event["n"]})
    event["source"] = metadata(event).get("source")
    host.log(f"after {event['n']}")
    return event
"""


class Calls(Watch):
    """What became of every call."""

    def __init__(self):
        self.seen = []

    def host_called(self, workspace, kind, outcome, seconds):
        self.seen.append((workspace, kind, outcome))


class Upstream:
    """The handler: answers in its time, and remembers how many calls waited at once."""

    def __init__(self):
        self.waiting = self.most = self.total = self.cancelled = 0
        self.release = asyncio.Event()
        self.wait_for(0)

    def wait_for(self, calls):
        """Answer nobody before so many wait at once."""
        self.wanted = calls
        self.release.clear()

    async def __call__(self, workspace, capabilities, arguments):
        self.total += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting >= self.wanted:
            self.release.set()
        try:
            await self.release.wait()
            return await self._answer(arguments)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1

    async def _answer(self, arguments):
        if "wait_for" in arguments:
            self.wait_for(arguments["wait_for"])
        if "error" in arguments:
            raise CallError(arguments["error"], "so it is", {"code": 7})
        if "raise" in arguments:
            raise RuntimeError("a secret detail")
        if "hang" in arguments:
            await asyncio.Event().wait()
        if "bytes" in arguments:
            return {"body": bytes(arguments["bytes"]), "status": 200}
        if "text" in arguments:
            return "x" * arguments["text"]
        if "nonsense" in arguments:
            return object()
        return arguments.get("n")


@pytest.fixture
async def upstream():
    return Upstream()


@pytest.fixture
async def watch():
    return Calls()


@pytest.fixture
async def make_pool(upstream, watch):
    """make_pool(setting=value…) → a started pool whose only engine is the toy."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(**settings):
            broker = Broker()
            broker.register("kv", upstream)
            return await stack.enter_async_context(
                Pool(
                    Settings(spare_workers=0, **settings),
                    watch,
                    engines={"toy": TOY},
                    guest_path=[str(Path(__file__).parent / "toy")],
                    broker=broker,
                )
            )

        yield make


async def run(pool, sources, events=3, *, capabilities=ALL, **options):
    sources = [sources] if isinstance(sources, str) else sources
    steps = tuple(
        Step(f"hash of {text}", "toy", f"step {i}", text, capabilities=capabilities) for i, text in enumerate(sources)
    )
    payloads = [json.dumps({"n": n}).encode() for n in range(events)]
    metadata = [{"source": f"source {n}"} for n in range(events)]
    return await pool.run(Plan("w", steps, pool.settings.limits), Batch(payloads, metadata), **options)


def outputs(ledger):
    return [json.loads(payload) for payload in ledger.outputs()[0]]


def codes(ledger):
    return [ledger.failures[i].code if i in ledger.failures else None for i in range(ledger.size)]


async def test_the_calls_of_a_batch_wait_together_and_every_event_stays_itself(make_pool, upstream, watch):
    pool = await make_pool(calls_in_flight=20)
    upstream.wait_for(20)
    ledger = await run(pool, ASKS, 50, keep_logs=True)
    assert outputs(ledger) == [{"n": n, "got": n, "source": f"source {n}"} for n in range(50)]
    assert ledger.logs == {n: [f"before {n}", f"after {n}"] for n in range(50)}
    assert upstream.most == 20
    assert watch.seen == [("w", "kv", "ok")] * 50


async def test_events_that_do_not_ask_go_on_while_others_wait(make_pool, upstream, until):
    pool = await make_pool()
    upstream.wait_for(1 << 30)
    source = """
def transformEvent(event, metadata):
    if event["n"] in (0, 1):
        event["got"] = host.ask("kv", {"n": event["n"]})
    return event
"""
    running = asyncio.ensure_future(run(pool, source, 30))
    await until(lambda: upstream.waiting == 2)
    upstream.release.set()
    assert outputs(await running) == [{"n": n, "got": n} if n < 2 else {"n": n} for n in range(30)]


async def test_steps_of_a_pipeline_follow_each_event(make_pool, upstream):
    pool = await make_pool()
    upstream.wait_for(5)
    second = ASKS.replace('{"n": event["n"]}', '{"n": event["got"] + 100}')
    ledger = await run(pool, [ASKS, second], 5)
    assert [output["got"] for output in outputs(ledger)] == [100, 101, 102, 103, 104]
    assert upstream.most >= 5


async def test_a_batch_function_and_code_that_loads_wait_where_they_are(make_pool, upstream):
    pool = await make_pool()
    source = """
at_load = host.ask("kv", {"n": "loaded"})
upstream_waits = host.ask("kv", {"wait_for": 4})
def transformBatch(events, metadata):
    numbers = [host.begin("kv", {"n": event["n"]}) for event in events]
    replies = {}
    while len(replies) < len(numbers):
        reply = host.next()
        replies[reply.id] = reply.result()
    for event, number in zip(events, numbers):
        event["got"] = [at_load, replies[number]]
    return events
"""
    ledger = await run(pool, source, 4)
    assert [output["got"] for output in outputs(ledger)] == [["loaded", n] for n in range(4)]
    assert upstream.most == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"error": "missing"}, ["missing", "so it is", {"code": 7}]),
        ({"raise": 1}, None),
        ({"nonsense": 1}, None),
        ({"hang": 1}, ["timeout", "kv took longer than 0.2 s (call_seconds)", {}]),
        ({"text": 9000}, ["too_large", "the answer of kv has 9028 bytes; the limit is 1024 (reply_bytes)", {}]),
        ({"n": "x" * 5000}, ["too_large", "the arguments of kv have 5070 bytes; the limit is 1024 (call_bytes)", {}]),
        ({"bytes": [0, 255]}, {"body": 2, "status": 200}),
    ],
)
async def test_what_becomes_of_a_call(make_pool, arguments, told):
    pool = await make_pool(call_seconds=0.2, reply_bytes=1024, call_bytes=1024)
    source = f"""
def transformEvent(event, metadata):
    try:
        value = host.ask("kv", {arguments!r})
        if isinstance(value, dict):
            value["body"] = len(value["body"])
        return {{"told": value}}
    except CallError as error:
        return {{"told": [error.kind, error.message, error.details]}}
"""
    ledger = await run(pool, source, 1)
    if told is None:
        assert codes(ledger) == [Code.CALL_UNAVAILABLE]
        assert ledger.failures[0].retryable
        assert "secret" not in ledger.failures[0].message
    elif isinstance(told, list) and told[0] == "too_large":
        found = outputs(ledger)[0]["told"]
        assert found[0] == "too_large"
        assert told[1].rpartition("limit")[2] == found[1].rpartition("limit")[2]
    else:
        assert outputs(ledger) == [{"told": told}]
