"""Host calls from worker to broker and back: they overlap, keep to their limits, and what abuses them costs only itself."""

import asyncio
import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from transformer.broker import Broker
from transformer.capabilities import Capabilities
from transformer.engines.base import EngineSpec
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.python.spec import PYTHON
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
        if "keys" in arguments:
            return {"values": [f"of {key}" for key in arguments["keys"]]}
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
                    engines={"toy": TOY, "python": PYTHON, "javascript": replace(JAVASCRIPT, module="toy_javascript")},
                    guest_path=[str(Path(__file__).parent / "toy")],
                    broker=broker,
                )
            )

        yield make


async def run(pool, sources, events=3, *, engine="toy", capabilities=ALL, **options):
    sources = [sources] if isinstance(sources, str) else sources
    engines = [engine] * len(sources) if isinstance(engine, str) else engine
    steps = tuple(
        Step(f"hash of {text}", engine, f"step {i}", text, capabilities=capabilities)
        for i, (engine, text) in enumerate(zip(engines, sources, strict=True))
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


JAVASCRIPT_ASKS = """
export async function transformEvent(event, metadata) {
  log(`before ${event.n}`);
  const [one, two] = await Promise.all([begin("kv", { n: event.n }), begin("kv", { n: -event.n })]);
  event.got = [one, two, wait("kv", { n: "w" + event.n })];
  event.source = metadata(event).source;
  await new Promise((resolve) => setTimeout(resolve, 1));
  log(`after ${event.n}`);
  return event;
}
"""


class TestJavaScript:
    async def test_promises_of_events_wait_together(self, make_pool, upstream):
        pool = await make_pool(calls_in_flight=10)
        upstream.wait_for(10)
        ledger = await run(pool, JAVASCRIPT_ASKS, 20, engine="javascript", keep_logs=True)
        assert outputs(ledger) == [{"n": n, "got": [n, -n, f"w{n}"], "source": f"source {n}"} for n in range(20)]
        assert ledger.logs == {n: [f"before {n}", f"after {n}"] for n in range(20)}
        assert upstream.most == 10

    async def test_promises_of_a_batch_function_wait_together(self, make_pool, upstream):
        pool = await make_pool()
        upstream.wait_for(4)
        source = """
export async function transformBatch(events) {
  const got = await Promise.all(events.map((event) => begin("kv", { n: event.n })));
  events.forEach((event, at) => { event.got = got[at]; });
  return events;
}
"""
        ledger = await run(pool, source, 4, engine="javascript")
        assert [output["got"] for output in outputs(ledger)] == [0, 1, 2, 3]
        assert upstream.most == 4

    async def test_errors_bytes_and_what_is_our_own_trouble(self, make_pool):
        pool = await make_pool()
        source = """
export async function transformEvent(event) {
  const told = (error) => [error.kind, error.message, error.details];
  if (event.n === 0) event.got = await begin("kv", { error: "missing" }).catch(told);
  if (event.n === 1) event.got = [await begin("kv", { bytes: [0, 200, 65] }), await begin("kv", { bytes: [195, 169] })];
  if (event.n === 2) event.got = await begin("kv", { raise: 1 }).catch(told);
  if (event.n === 8) try { wait("kv", { raise: 1 }); } catch (error) { event.got = told(error); }
  if (event.n === 3) event.got = await begin("kv", { body64: "//8=" });
  if (event.n === 4) begin("kv", { hang: 1 });  // which nobody waits for
  if (event.n === 5) try { wait("kv", { error: "status" }); } catch (error) { event.got = told(error); }
  if (event.n === 6) event.got = await begin("fetch", {}).catch(told);
  if (event.n === 7) await new Promise(() => {});
  return event;
}
"""
        ledger = await run(pool, source, 9, engine="javascript", capabilities=Capabilities(kv=""))
        got = {output["n"]: output.get("got") for output in outputs(ledger)}
        assert got[0] == ["missing", "so it is", {"code": 7}]
        assert got[1] == [{"status": 200, "body64": "AMhB"}, {"status": 200, "body": "é"}]
        assert got[3] is None
        assert got[4] is None
        assert got[5] == ["status", "so it is", {"code": 7}]
        assert got[6][0] == "refused"
        lost = Code.CALL_UNAVAILABLE
        assert codes(ledger) == [None, None, lost, None, None, None, None, Code.EXCEPTION, lost]
        assert "never settle" in ledger.failures[7].message

    async def test_an_event_may_wait_for_what_another_one_began(self, make_pool, upstream):
        pool = await make_pool()
        source = """
let shared;
export async function transformEvent(event) {
  shared ??= begin("kv", { n: "once" });
  event.got = await shared;
  return event;
}
"""
        ledger = await run(pool, source, 10, engine="javascript")
        assert [output["got"] for output in outputs(ledger)] == ["once"] * 10
        assert upstream.total == 1

    async def test_steps_of_both_languages_share_their_lanes(self, make_pool, upstream):
        pool = await make_pool()
        upstream.wait_for(5)
        steps = [("toy", ASKS), ("javascript", JAVASCRIPT_ASKS)]
        ledger = await run(pool, [source for _, source in steps], 5, engine=[engine for engine, _ in steps])
        assert [output["got"] for output in outputs(ledger)] == [[n, -n, f"w{n}"] for n in range(5)]


class TestPython:
    async def test_ordinary_blocking_code_waits_together(self, make_pool, upstream):
        pool = await make_pool()
        upstream.wait_for(6)
        source = """
from decimal import Decimal, getcontext

def transformEvent(event, metadata):
    getcontext().prec = 5
    event["got"] = kv.get(f"key {event['n']}")
    try:
        event["third"] = str(Decimal(1) / Decimal(3))
    finally:
        event["source"] = metadata(event)["source"]
    if event["n"] == 3:
        raise ValueError("of the third")
    return event
"""
        ledger = await run(pool, source, 6, engine="python")
        expected = [{"n": n, "got": f"of key {n}", "third": "0.33333", "source": f"source {n}"} for n in range(6)]
        assert outputs(ledger) == [output for output in expected if output["n"] != 3]
        assert "of the third" in ledger.failures[3].message
        assert upstream.most == 6

    async def test_what_is_not_declared_is_refused_in_the_code(self, make_pool, upstream):
        pool = await make_pool()
        source = """
def transformEvent(event, metadata):
    try:
        kv.get("key")
    except HostCallError as error:
        return {"kind": error.kind}
"""
        ledger = await run(pool, source, 2, engine="python", capabilities=Capabilities(tables=("t",)))
        assert outputs(ledger) == [{"kind": "refused"}] * 2
        assert upstream.total == 0
