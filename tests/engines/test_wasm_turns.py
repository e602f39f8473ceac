"""WebAssembly in a locked worker: whole batches in a call, the guilty found, limits kept, languages mixed."""

import asyncio
import json
import os
import signal

import psutil
import pytest
import pytest_asyncio

pytest.importorskip("wasmtime")

import transformer.pool.batch
from tests.engines.wat import ECHO, guest, when
from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings
from transformer.worker import progress

pytestmark = pytest.mark.asyncio(loop_scope="module")

E, D, F = Status.EMITTED, Status.DROPPED, Status.FAILED
ANSWER = "(call $answer (local.get $at) (local.get $size))"
LOG = '(import "transformer" "log" (func $log (param i32 i32 i32)))'
PYTHON = """
def transformEvent(event, metadata):
    event["way"] = event.get("way", "") + "p"
    if event["n"] == 1:
        raise Drop("no")
    return [event, dict(event, copy=True)] if event["n"] == 2 else event
"""
JAVASCRIPT = "export function transformEvent(event) { return { ...event, way: (event.way ?? '') + 'j' }; }\n"
BATCH = """
def transformBatch(events, metadata):
    return [dict(event, way=event.get("way", "") + "b") for event in events if event["n"] != 3]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0, version_kills=1000, version_lost_seconds=1000)) as made:
        yield made


async def run(pool, sources, payloads, keep_logs=False, **limits):
    sources = [("wasm", sources)] if isinstance(sources, str) else sources
    steps = tuple(Step(f"{at} {hash(source)}", engine, f"step {at}", source) for at, (engine, source) in enumerate(sources))
    return await pool.run(Plan("w", steps, Limits(**limits)), Batch(payloads), keep_logs=keep_logs)


def words(letters):
    return [b'{"w":"%c"}' % letter for letter in letters.encode()]


def codes(ledger):
    return {index: failure.code for index, failure in ledger.failures.items()}


async def test_what_the_module_answers_is_the_output(pool):
    payloads = [json.dumps({"n": n}).encode() for n in range(20)]
    ledger = await run(pool, ECHO, payloads)
    assert list(ledger.status) == [E] * 20
    assert ledger.outputs()[0] == payloads


async def test_batch_is_handed_over_in_several_calls_if_it_is_large(pool):
    payloads = [b'{"n":%d}' % n for n in range(1200)]
    ledger = await run(pool, ECHO, payloads)
    assert ledger.outputs()[0] == payloads
    large = [b'{"text":"%s"}' % (b"x" * 900_000)] * 6
    assert (await run(pool, ECHO, large)).outputs()[0] == large


async def test_events_with_line_breaks_are_one_line_for_the_module(pool):
    ledger = await run(pool, ECHO, [b'{\n "a": [1,\r\n 2]\n}', b'{"b":1}'])
    assert ledger.outputs()[0] == [b'{"a":[1,2]}', b'{"b":1}']


async def test_events_that_cannot_be_read_never_reach_the_module(pool):
    ledger = await run(pool, ECHO, [b"{", b'{"a":1}', b"[]", b'{"b":"\xff"}', b"{}"])
    assert list(ledger.status) == [F, E, F, F, E]
    assert codes(ledger) == {0: Code.EVENT_NOT_JSON, 2: Code.EVENT_NOT_OBJECT, 3: Code.EVENT_NOT_UTF8}
    assert ledger.outputs() == ([b'{"a":1}', b"{}"], [(1,), (4,)])


async def test_every_kind_of_answer(pool):
    data = (
        '{"a":1}\n[{"b":1},{"c":1}]\nnull\n\ndrop "why"\nretry {"after_seconds":7,"reason":"later"}\ninvalid "bad"\n'
        'error "broken"\n{"a":\n[5]\n{"a":1}{"b":1}\nwhat\n'
    )
    ledger = await run(pool, guest("(call $say (i32.const 16))", data=data), [b"{}"] * 12)
    assert list(ledger.status) == [E, E, D, D, D, F, F, F, F, F, F, F]
    assert ledger.reasons == {4: "why"}
    assert codes(ledger) == {
        5: Code.RETRY,
        6: Code.INVALID,
        7: Code.EXCEPTION,
        8: Code.OUTPUT_NOT_JSON,
        9: Code.BAD_RETURN,
        10: Code.OUTPUT_NOT_JSON,
        11: Code.BAD_RETURN,
    }
    assert (ledger.failures[5].retry_after_seconds, ledger.failures[5].message) == (7.0, "later")
    assert ledger.outputs() == ([b'{"a":1}', b'{"b":1}', b'{"c":1}'], [(0,), (1,), (1,)])


async def test_output_that_is_nested_too_deep_fails_its_event(pool):
    deep = b'{"a":' * 300 + b"1" + b"}" * 300
    ledger = await run(pool, ECHO, [deep, b"{}"])
    assert codes(ledger) == {0: Code.EVENT_TOO_DEEP}
    flat = guest("(call $say (i32.const 16))", data='{"a":' + "[" * 60 + "]" * 60 + "}\n{}")
    assert list((await run(pool, flat, [b"{}", b"{}"])).status) == [E, E]


async def test_output_that_is_too_large_fails_its_event(pool):
    payloads = [b'{"t":"%s"}' % (b"x" * size) for size in (10, 200, 20)]
    ledger = await run(pool, ECHO, payloads, output_bytes=100)
    assert codes(ledger) == {1: Code.OUTPUT_LIMIT}
    assert codes(await run(pool, ECHO, payloads, batch_output_bytes=230)) == {2: Code.OUTPUT_LIMIT}


@pytest.mark.parametrize(
    ("then", "code"),
    [
        ("(loop (br 0))", Code.TIME_LIMIT),
        ("unreachable", Code.EXCEPTION),
        ("(return (i64.const 5))", Code.BAD_RETURN),
        ("(return (i64.const -1))", Code.BAD_RETURN),
        ("(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable", Code.MEMORY_LIMIT),
    ],
    ids=["loop", "trap", "short", "lie", "memory"],
)
async def test_a_guilty_event_fails_alone(pool, then, code):
    before = pool.stats()["workers_started"]
    ledger = await run(pool, guest(when("!", then)), words("ab!de!g"), event_seconds=0.3)
    assert list(ledger.status) == [E, E, F, E, E, F, E]
    assert set(codes(ledger).values()) == {code}
    assert all(failure.step == 0 for failure in ledger.failures.values())
    assert pool.stats()["workers_started"] <= before + 2  # one to compile it, one to run it: it cost none


async def test_many_traps_cost_little(pool):
    ledger = await run(pool, guest("unreachable"), words("!" * 300))
    assert set(codes(ledger).values()) == {Code.EXCEPTION}


async def test_no_more_than_a_few_events_may_run_out_of_time(pool):
    ledger = await run(pool, guest(when("!", "(loop (br 0))")), words("!!a!!b!!c"), event_seconds=0.3, batch_kills=2)
    late, early = Code.TIME_LIMIT, Code.BATCH_TIME
    assert codes(ledger) == {0: late, 1: late, 3: late, 4: early, 5: early, 6: early, 7: early, 8: early}
    assert ledger.failures[8].retryable


async def test_module_that_does_not_start_fails_every_event_at_once(pool):
    source = guest(ANSWER, more="(func $start (loop (br 0))) (start $start)")
    ledger = await run(pool, source, words("a" * 600), event_seconds=0.2)
    assert {(failure.code, failure.message) for failure in ledger.failures.values()} == {
        (Code.TIME_LIMIT, "loading the code ran longer than 0.2 s")
    }
    source = guest(ANSWER, more="(func $start unreachable) (start $start)")
    assert set(codes(await run(pool, source, words("abc"))).values()) == {Code.CODE_BROKEN}


async def test_broken_module_fails_every_event(pool):
    ledger = await run(pool, "AGFzbQEAAAA=", words("abc"))
    assert set(codes(ledger).values()) == {Code.CODE_BROKEN}


async def test_log_lines_are_their_events(pool):
    body = f"(call $log (i32.const 1) (i32.const 16) (i32.const 3)) {when('!', 'unreachable')}"
    source = guest(f"(local $i i32) {body.replace('(local $i i32)', '')}", data="hey", imports=LOG)
    assert (await run(pool, source, words("abc"), keep_logs=True)).logs == {1: ["hey"]}
    # Those of a call that is done again would otherwise be there twice. Alone, an event is the first of its call.
    assert (await run(pool, source, words("a!"), keep_logs=True)).logs == {0: ["hey"], 1: ["hey"]}


async def test_loss_of_a_worker_costs_none_of_several_events(pool, until, monkeypatch):
    marks = []

    class Watched(transformer.pool.batch.Deadline):
        def __init__(self, mark, *rest):
            marks.append(mark)
            super().__init__(mark, *rest)

    monkeypatch.setattr(transformer.pool.batch, "Deadline", Watched)
    # Given a module that loops over several events, and not over one
    source = guest(f"(if (i32.gt_u (local.get $size) (i32.const 9)) (then (loop (br 0)))) {ANSWER}")
    task = asyncio.create_task(run(pool, source, words("abc"), event_seconds=30.0, turn_seconds=60.0))
    await until(lambda: marks and marks[-1][0] == progress.TOGETHER)
    # When its worker is lost
    below = [
        child
        for nursery in pool._nurseries._all.values()
        if nursery.zygote
        for child in psutil.Process(nursery.zygote.pid).children(recursive=True)
    ]
    zygotes = {child.ppid() for child in below}
    for child in below:
        if child.pid not in zygotes:
            os.kill(child.pid, signal.SIGKILL)
    # Then each event is handed over alone
    assert list((await task).status) == [E, E, E]


@pytest.mark.parametrize("order", ["w", "pw", "wp", "wjw", "pwj", "wbw", "jwb", "wpw"])
async def test_languages_mix(pool, order):
    sources = {"p": ("python", PYTHON), "j": ("javascript", JAVASCRIPT), "b": ("python", BATCH), "w": ("wasm", ECHO)}
    payloads = [b'{"n":%d,"messageId":"m%d"}' % (n, n) for n in range(6)]
    ledger = await run(pool, [sources[each] for each in order], payloads)
    expected = [E, D if "p" in order else E, E, D if "b" in order else E, E, E]
    assert list(ledger.status) == expected
    outputs = [(json.loads(payload), inputs) for payload, inputs in zip(*ledger.outputs(), strict=True)]
    assert {output.get("way", "") for output, _ in outputs} == {order.replace("w", "")}
    assert sorted(inputs for _, inputs in outputs if inputs == (2,)) == [(2,)] * (2 if "p" in order else 1)


async def test_failures_between_languages_name_their_step(pool):
    source = guest(when("4", "unreachable"))
    payloads = [b'{"n":%d}' % n for n in range(6)]
    ledger = await run(pool, [("python", PYTHON), ("wasm", source), ("javascript", JAVASCRIPT)], payloads)
    assert list(ledger.status) == [E, D, E, E, F, E]
    assert (ledger.failures[4].code, ledger.failures[4].step) == (Code.EXCEPTION, 1)


async def test_batch_function_in_wasm_is_one_unit(pool):
    source = guest(when("!", "unreachable"), entry="transformBatch")
    payloads = [b'{"messageId":"m%d","n":%d}' % (n, n) for n in range(4)]
    ledger = await run(pool, source, payloads)
    assert ledger.outputs() == (payloads, [(n,) for n in range(4)])
    assert set(codes(await run(pool, source, [*payloads, b'{"messageId":"!"}'])).values()) == {Code.EXCEPTION}
    drops = guest("(call $say (i32.const 16))", data='{"messageId":"m2","n":9}\n\n{"messageId":"m0"}', entry="transformBatch")
    ledger = await run(pool, drops, payloads)
    assert list(ledger.status) == [E, D, E, D]
    verdict = guest("(call $say (i32.const 16))", data='retry {"after_seconds":3}', entry="transformBatch")
    ledger = await run(pool, verdict, payloads)
    assert {failure.retry_after_seconds for failure in ledger.failures.values()} == {3.0}


async def test_metadata_reaches_the_module(pool):
    params = "(param $events i32) (param $length i32) (param $at i32) (param $size i32)"
    step = Step("metadata", "wasm", "guest", guest(ANSWER, params=params), uses_metadata=True)
    batch = Batch([b"{}", b"{", b"{}"], metadata=[{"sourceId": f"s{n}"} for n in range(3)], common={"workspaceId": "w"})
    ledger = await pool.run(Plan("w", (step,), Limits()), batch)
    assert [json.loads(payload) for payload in ledger.outputs()[0]] == [
        {"workspaceId": "w", "sourceId": "s0"},
        {"workspaceId": "w", "sourceId": "s2"},
    ]


async def test_time_lost_in_wasm_quarantines_its_version(until):
    async with Pool(Settings(spare_workers=0, version_kills=1)) as pool:
        source = guest("(loop (br 0)) unreachable")
        first = await run(pool, source, words("ab"), event_seconds=0.1)
        assert set(codes(first).values()) == {Code.TIME_LIMIT}
        assert set(codes(await run(pool, source, words("ab"), event_seconds=0.1)).values()) == {Code.QUARANTINED}
