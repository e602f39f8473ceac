"""Pipelines of steps in different languages, in one confined worker: one outcome for each event that came in, whatever happens where."""

import json

import pytest
import pytest_asyncio

pytest.importorskip("wasmtime")

from tests.engines.wat import ECHO, guest, module, when
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
# What the text of an event allows: `w` in front of all else, and what becomes of it by the digit behind "n":
WASM = module(r"""(module
  (memory (export "memory") 4)
  (global $out (mut i32) (i32.const 131072))
  (data (i32.const 16) "drop \"wasm says no\"\0a")
  (data (i32.const 64) "error \"wasm fails\"\0a")
  (data (i32.const 96) "{\"w\":true,")
  (func (export "allocate") (param i32) (result i32) (i32.const 1024))
  (func $copy (param $from i32) (param $size i32)
    (memory.copy (global.get $out) (local.get $from) (local.get $size))
    (global.set $out (i32.add (global.get $out) (local.get $size))))
  (func $byte (param $byte i32)
    (i32.store8 (global.get $out) (local.get $byte))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))
  (func $object (param $at i32) (param $end i32)
    (call $copy (i32.const 96) (i32.const 10))
    (call $copy (i32.add (local.get $at) (i32.const 1)) (i32.sub (i32.sub (local.get $end) (local.get $at)) (i32.const 1))))
  (func $line (param $at i32) (param $end i32) (local $p i32)
    (local.set $p (local.get $at))
    (block $found (loop $next  ;; "n":
      (br_if $found (i32.eq (i32.load (local.get $p)) (i32.const 0x3a226e22)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br $next)))
    (local.set $p (i32.load8_u offset=4 (local.get $p)))
    (if (i32.eq (local.get $p) (i32.const 0x36)) (then (call $copy (i32.const 16) (i32.const 20)) (return)))
    (if (i32.eq (local.get $p) (i32.const 0x37)) (then (call $copy (i32.const 64) (i32.const 19)) (return)))
    (if (i32.eq (local.get $p) (i32.const 0x38)) (then
      (call $byte (i32.const 0x5b))
      (call $object (local.get $at) (local.get $end))
      (call $byte (i32.const 0x2c))))
    (call $object (local.get $at) (local.get $end))
    (if (i32.eq (local.get $p) (i32.const 0x38)) (then (call $byte (i32.const 0x5d))))
    (call $byte (i32.const 10)))
  (func (export "transformEvent") (param $at i32) (param $size i32) (result i64) (local $end i32) (local $p i32)
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (local.set $p (local.get $at))
    (loop $next
      (if (i32.or (i32.eq (local.get $p) (local.get $end)) (i32.eq (i32.load8_u (local.get $p)) (i32.const 10))) (then
        (call $line (local.get $at) (local.get $p))
        (local.set $at (i32.add (local.get $p) (i32.const 1)))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $p) (local.get $end))))
    (i64.or (i64.shl (i64.const 131072) (i64.const 32)) (i64.extend_i32_u (i32.sub (global.get $out) (i32.const 131072))))))
""")
KEEP = {
    "python": "def transformEvent(event, metadata):\n    return event\n",
    "javascript": "export function transformEvent(event) {\n  return event;\n}\n",
    "wasm": ECHO,
}
STEPS = {"p": ("python", PYTHON), "j": ("javascript", JAVASCRIPT), "w": ("wasm", WASM)}
DROPS = {"p": {1: "python says no"}, "j": {3: "javascript says no"}, "w": {6: "wasm says no"}}
FAILS = {"p": {2: "ValueError: python fails"}, "j": {4: "TypeError: javascript fails"}, "w": {7: "wasm fails"}}
DOUBLES = {"j": 5, "w": 8}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


async def run(pool, sources, count=10, **limits):
    steps = tuple(Step(f"{at} {source}", engine, f"step {at}", source) for at, (engine, source) in enumerate(sources))
    payloads = [b'{"n":%d,"messageId":"m%d"}' % (n, n) for n in range(count)]
    plan = Plan("w", steps, pool.settings.limits if not limits else pool.settings.limits.__class__(**limits))
    return await pool.run(plan, Batch(payloads, metadata=[{"sourceId": f"s{n}"} for n in range(count)]))


@pytest.mark.parametrize("order", ["pj", "jp", "pjp", "jpj", "pw", "wj", "pwj", "wjp", "jpw", "wpw"])
async def test_every_event_has_one_outcome(pool, order):
    ledger = await run(pool, [STEPS[each] for each in order])
    dropped = {index: reason for each in order for index, reason in DROPS[each].items()}
    failed = {index: (Code.EXCEPTION, message) for each in order for index, message in FAILS[each].items()}
    assert list(ledger.status) == [D if n in dropped else F if n in failed else E for n in range(10)]
    assert ledger.reasons == dropped
    assert {index: (failure.code, failure.message) for index, failure in ledger.failures.items()} == failed
    outputs = [(json.loads(payload), inputs) for payload, inputs in zip(*ledger.outputs(), strict=True)]
    assert {inputs for _, inputs in outputs} == {(n,) for n in range(10) if n not in dropped and n not in failed}
    assert {output["way"] for output, _ in outputs} == {order.replace("w", "")}
    assert all(output.get("w", False) is ("w" in order) for output, _ in outputs)
    for key in {"p": "source", "j": "seen"}[order.replace("w", "")[0]], *(["source", "seen"] if {*"pj"} <= {*order} else []):
        assert all(output[key] == f"s{inputs[0]}" for output, inputs in outputs)
    for each, n in DOUBLES.items():
        if (n,) in {inputs for _, inputs in outputs}:
            assert sum(inputs == (n,) for _, inputs in outputs) == 2 ** order.count(each)


async def test_failure_names_the_step(pool):
    ledger = await run(pool, [("python", KEEP["python"]), ("javascript", JAVASCRIPT), ("python", PYTHON)], 8)
    assert (ledger.failures[4].place.line, ledger.failures[4].place.function) == (7, "transformEvent")
    assert ledger.failures[2].place.line == 8


async def test_batch_function_between_steps_of_the_other_language(pool):
    batch = "export function transformBatch(events) {\n  return events.filter((event) => event.n % 2 === 0).reverse();\n}\n"
    ledger = await run(pool, [("python", KEEP["python"]), ("javascript", batch), ("python", KEEP["python"])], 6)
    assert list(ledger.status) == [E, D, E, D, E, D]
    assert sorted(json.loads(payload)["n"] for payload in ledger.outputs()[0]) == [0, 2, 4]


async def test_batch_function_in_webassembly_between_steps_of_another_language(pool):
    batch = guest("(call $answer (local.get $at) (local.get $size))", entry="transformBatch")
    ledger = await run(pool, [("python", KEEP["python"]), ("wasm", batch), ("javascript", KEEP["javascript"])], 4)
    assert list(ledger.status) == [E] * 4
    assert ledger.inputs == [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize("engine", ["python", "javascript", "wasm"])
async def test_loop_in_one_language_costs_one_event(pool, engine):
    loop = {
        "python": "def transformEvent(event, metadata):\n    while event['n'] == 2:\n        pass\n    return event\n",
        "javascript": "export function transformEvent(event) {\n  while (event.n === 2);\n  return event;\n}\n",
        "wasm": guest(when("2", "(loop $again (br $again))")),
    }[engine]
    other = "python" if engine == "javascript" else "javascript"
    ledger = await run(pool, [(other, KEEP[other]), (engine, loop), (other, KEEP[other])], 5, event_seconds=0.4)
    assert list(ledger.status) == [E, E, F, E, E]
    assert ledger.failures[2].code == Code.TIME_LIMIT


async def test_values_that_all_languages_know_arrive_unchanged(pool):
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
        Step(f"keep {at}", engine, engine, KEEP[engine])
        for at, engine in enumerate(("python", "wasm", "javascript", "wasm", "python"))
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
    for step in ("javascript", keep), ("wasm", ECHO):
        ledger = await run(pool, [("python", odd), step], 4)
        assert list(ledger.status) == [E, F, F, E]
        assert {(failure.code, failure.step) for failure in ledger.failures.values()} == {(Code.OUTPUT_NOT_JSON, 0)}
