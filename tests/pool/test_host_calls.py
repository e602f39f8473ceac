"""Host calls from worker to broker and back: they overlap, keep to their limits, and say why they fail."""

import asyncio
import base64

import pytest

from tests.engines.wat import guest
from tests.guests import build
from tests.pool.host_calls import ASKS, codes, outputs, run
from transformer.capabilities import Capabilities
from transformer.errors import Code


async def test_the_calls_of_a_batch_wait_together_and_every_event_stays_itself(asking_pool, upstream, watch):
    pool = await asking_pool(calls_in_flight=20)
    upstream.wait_for(20)
    ledger = await run(pool, ASKS, 50, keep_logs=True)
    assert outputs(ledger) == [{"n": n, "got": n, "source": f"source {n}"} for n in range(50)]
    assert ledger.logs == {n: [f"before {n}", f"after {n}"] for n in range(50)}
    assert upstream.most == 20
    assert watch.seen == [("w", "kv", "ok")] * 50


async def test_events_that_do_not_ask_go_on_while_others_wait(asking_pool, upstream, until):
    pool = await asking_pool()
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


async def test_steps_of_a_pipeline_follow_each_event(asking_pool, upstream):
    pool = await asking_pool()
    upstream.wait_for(5)
    second = ASKS.replace('{"n": event["n"]}', '{"n": event["got"] + 100}')
    ledger = await run(pool, [ASKS, second], 5)
    assert [output["got"] for output in outputs(ledger)] == [100, 101, 102, 103, 104]
    assert upstream.most >= 5


async def test_a_batch_function_and_code_that_loads_wait_where_they_are(asking_pool, upstream):
    pool = await asking_pool()
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
        ({"hang": 1}, None),
        ({"text": 9000}, ["too_large", "the answer of kv has 9028 bytes; the limit is 1024 (reply_bytes)", {}]),
        ({"n": "x" * 5000}, ["too_large", "the arguments of kv have 5070 bytes; the limit is 1024 (call_bytes)", {}]),
        ({"bytes": [0, 255]}, {"body": 2, "status": 200}),
    ],
)
async def test_what_becomes_of_a_call(asking_pool, arguments, told):
    pool = await asking_pool(call_seconds=0.2, reply_bytes=1024, call_bytes=1024)
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
    async def test_promises_of_events_wait_together(self, asking_pool, upstream):
        pool = await asking_pool(calls_in_flight=10)
        upstream.wait_for(10)
        ledger = await run(pool, JAVASCRIPT_ASKS, 20, engine="javascript", keep_logs=True)
        assert outputs(ledger) == [{"n": n, "got": [n, -n, f"w{n}"], "source": f"source {n}"} for n in range(20)]
        assert ledger.logs == {n: [f"before {n}", f"after {n}"] for n in range(20)}
        assert upstream.most == 10

    async def test_promises_of_a_batch_function_wait_together(self, asking_pool, upstream):
        pool = await asking_pool()
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

    async def test_errors_bytes_and_what_is_our_own_trouble(self, asking_pool):
        pool = await asking_pool()
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

    async def test_an_event_may_wait_for_what_another_one_began(self, asking_pool, upstream):
        pool = await asking_pool()
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

    async def test_steps_of_both_languages_share_their_lanes(self, asking_pool, upstream):
        pool = await asking_pool()
        upstream.wait_for(5)
        steps = [("toy", ASKS), ("javascript", JAVASCRIPT_ASKS)]
        ledger = await run(pool, [source for _, source in steps], 5, engine=[engine for engine, _ in steps])
        assert [output["got"] for output in outputs(ledger)] == [[n, -n, f"w{n}"] for n in range(5)]


class TestPython:
    async def test_ordinary_blocking_code_waits_together(self, asking_pool, upstream):
        pool = await asking_pool()
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

    async def test_what_is_not_declared_is_refused_in_the_code(self, asking_pool, upstream):
        pool = await asking_pool()
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


HANDS_ON = guest(
    """
    (local.set $size (call $call (local.get $at) (local.get $size)))
    (local.set $at (call $allocate (local.get $size)))
    (call $answers (local.get $at))
    (call $answer (local.get $at) (local.get $size))
    """,
    imports=(
        '(import "transformer" "call" (func $call (param i32 i32) (result i32)))'
        '(import "transformer" "answers" (func $answers (param i32)))'
    ),
)
"""A module that makes a host call of each event, and outputs of the answers."""

ZIG_ASKS = """
const transformer = @import("transformer.zig");

fn transform(event: transformer.Event) !transformer.Outcome {
    const value = try event.read();
    const answers = try transformer.call(event.memory, .{
        .{ .kind = "kv", .arguments = .{ .n = value.object.get("n").? } },
        .{ .kind = "kv", .arguments = .{ .@"error" = "status" } },
        .{ .kind = "kv", .arguments = .{ .keys = .{"ü\\n"} } },
    });
    return event.emit(.{ .answers = answers });
}

comptime {
    transformer.each(transform);
}
"""


class TestWebAssembly:
    async def test_the_calls_of_a_module_wait_together(self, asking_pool, upstream):
        pool = await asking_pool()
        upstream.wait_for(2)
        calls = [
            {"kind": "kv", "arguments": {"n": 1}},
            {"kind": "kv", "arguments": {"bytes": [200]}},
            {"kind": "kv", "arguments": {"error": "status"}},
            {"kind": "kv", "arguments": {"body64": "!"}},
            {"kind": "shell"},
            {"kind": "fetch", "arguments": {}},
            {"kind": "lookup", "arguments": {"table": "t", "key": 1}},
        ]
        ledger = await run(pool, HANDS_ON, calls, engine="wasm", capabilities=Capabilities(kv=""))
        told = outputs(ledger)
        assert told[:3] == [
            {"value": 1},
            {"value": {"status": 200, "body64": "yA=="}},
            {"error": {"kind": "status", "message": "so it is", "details": {"code": 7}}},
        ]
        assert [output["error"]["kind"] for output in told[3:]] == ["invalid", "invalid", "refused", "refused"]
        assert upstream.most >= 2

    @pytest.mark.need("zig")
    async def test_the_library_of_zig_makes_calls(self, asking_pool):
        module = base64.b64encode(build.zig({"main.zig": ZIG_ASKS}, build.QUICK)).decode()
        ledger = await run(await asking_pool(), module, [{"n": 7}], engine="wasm", capabilities=Capabilities(kv=""))
        failed = {"failed": {"kind": "status", "message": "so it is"}}
        assert outputs(ledger) == [{"answers": [{"value": 7}, failed, {"value": {"values": ["of ü\n"]}}]}]

    async def test_our_own_trouble_ends_the_event_that_meets_it(self, asking_pool):
        pool = await asking_pool()
        calls = [{"kind": "kv", "arguments": {"n": 1}}, {"kind": "kv", "arguments": {"raise": 1}}]
        ledger = await run(pool, HANDS_ON, calls, engine="wasm")
        assert codes(ledger) == [None, Code.CALL_UNAVAILABLE]

    async def test_waiting_is_not_the_time_of_the_module(self, asking_pool, upstream, until):
        pool = await asking_pool(event_seconds=0.5)
        upstream.wait_for(1 << 30)
        running = asyncio.ensure_future(run(pool, HANDS_ON, [{"kind": "kv", "arguments": {"n": 1}}], engine="wasm"))
        await until(lambda: upstream.waiting == 1)
        await asyncio.sleep(0.8)
        upstream.release.set()
        assert codes(await running) == [None]


async def test_what_the_host_holds_of_calls_is_bounded_and_given_back(asking_pool):
    pool = await asking_pool(calls_held_bytes=2**22, reply_bytes=2**22)
    source = """
def transformEvent(event, metadata):
    return {"got": len(host.ask("kv", {"text": 1_100_000 if event["n"] == 1 else 900_000, "more": "x" * 1000}))}
"""
    ledger = await run(pool, source, 3)
    assert codes(ledger)[1] == Code.CALL_UNAVAILABLE
    assert pool.room.held == 0


class TestPlaces:
    async def test_a_turn_that_waits_leaves_its_place_to_others(self, asking_pool, upstream, until):
        pool = await asking_pool(concurrent_turns=1, workers=4, workspace_workers=2, queue_seconds=60)
        upstream.wait_for(1 << 30)
        slow = asyncio.ensure_future(run(pool, ASKS, 2))
        await until(lambda: upstream.waiting == 2)
        assert (
            codes(await run(pool, "def transformEvent(event, metadata):\n    return event\n", 2, workspace="other"))
            == [None] * 2
        )
        assert pool.stats()["busy"] == 1
        upstream.release.set()
        assert codes(await slow) == [None] * 2
        assert pool.stats()["busy"] == 0

    async def test_it_stays_one_of_its_workspaces(self, asking_pool, upstream, until):
        pool = await asking_pool(concurrent_turns=2, workers=4, workspace_workers=1, queue_seconds=60)
        upstream.wait_for(1 << 30)
        first = asyncio.ensure_future(run(pool, ASKS, 2))
        await until(lambda: pool._turns.resting == 1)
        second = asyncio.ensure_future(run(pool, "def transformEvent(event, metadata):\n    return event\n", 2))
        await until(lambda: pool.stats()["waiting"] == 1)
        upstream.release.set()
        assert codes(await first) == codes(await second) == [None] * 2

    async def test_there_are_never_more_of_them_than_workers(self, asking_pool, upstream, until):
        pool = await asking_pool(concurrent_turns=1, workers=2, workspace_workers=2, queue_seconds=60)
        upstream.wait_for(1 << 30)
        asked = [asyncio.ensure_future(run(pool, ASKS, 1, workspace=name)) for name in "abc"]
        await until(lambda: upstream.waiting == 2)
        await until(lambda: pool.stats()["waiting"] == 1)
        assert pool.stats()["workers"] == 2
        upstream.release.set()
        for one in asked:
            assert codes(await one) == [None]
        assert pool.stats()["busy"] == 0

    async def test_a_worker_that_is_lost_while_it_rests_gives_everything_back(self, asking_pool, upstream, until):
        pool = await asking_pool(concurrent_turns=1, workers=3)
        upstream.wait_for(1 << 30)
        asked = asyncio.ensure_future(run(pool, ASKS, 1))
        await until(lambda: pool._turns.resting == 1)
        asked.cancel()
        await until(asked.done)
        await until(lambda: pool._turns.resting == pool._turns.running == 0)


async def test_a_batch_function_behind_them_does_not_keep_events_from_waiting_together(asking_pool, upstream):
    pool = await asking_pool()
    upstream.wait_for(6)
    splits = """
def transformEvent(event, metadata):
    return [dict(event, part=part) for part in range(2)]
"""
    asks = """
def transformEvent(event, metadata):
    event["got"] = host.ask("kv", {"n": [event["n"], event["part"]]})
    event["source"] = metadata(event)["source"]
    if event["n"] == 1:
        raise ValueError("one")
    return event
"""
    counts = """
def transformBatch(events, metadata):
    for at, event in enumerate(events):
        event["at"] = at
    return events
"""
    ledger = await run(pool, [splits, asks, counts], 3)
    assert upstream.most == 6
    assert codes(ledger) == [None, Code.EXCEPTION, None]
    assert outputs(ledger) == [
        {"n": n, "part": part, "got": [n, part], "source": f"source {n}", "at": 2 * at + part}
        for at, n in enumerate((0, 2))
        for part in range(2)
    ]
