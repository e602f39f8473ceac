"""WebAssembly in a locked worker: from a module's text to outcomes."""

import base64
import json

import pytest
import pytest_asyncio

from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

wasmtime = pytest.importorskip("wasmtime")
pytestmark = pytest.mark.asyncio(loop_scope="module")

E, D, F = Status.EMITTED, Status.DROPPED, Status.FAILED


def module(body, entry="transformEvent", params="(param $at i32) (param $size i32)"):
    """A module whose entry point is `body`; `$echo` is its input as an answer, $allocate gives memory out that never comes back."""
    text = f"""(module
      (memory (export "memory") 1)
      (global $free (mut i32) (i32.const 4096))
      (func $allocate (export "allocate") (param $size i32) (result i32) (local $place i32)
        (local.set $place (global.get $free))
        (global.set $free (i32.add (global.get $free) (local.get $size)))
        (block $fits
          (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
          (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
          (unreachable))
        (local.get $place))
      (func $answer (param $at i32) (param $size i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
      (func $first (param $at i32) (result i32) (i32.load8_u (local.get $at)))
      (func $entry (export "{entry}") {params} (result i64) {body}))"""
    return base64.b64encode(wasmtime.wat2wasm(text)).decode()


ECHO = module("(call $answer (local.get $at) (local.get $size))")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


async def run(pool, source, payloads, keep_logs=False, **limits):
    step = Step(source[-200:], "wasm", "guest", source)
    plan = Plan("w", (step,), Limits(**limits))
    return await pool.run(plan, Batch(payloads), keep_logs=keep_logs)


async def test_what_the_module_answers_is_the_output(pool):
    payloads = [json.dumps({"n": n}).encode() for n in range(20)]
    ledger = await run(pool, ECHO, payloads)
    assert list(ledger.status) == [E] * 20
    assert ledger.outputs()[0] == payloads


# Whether any byte of the input is a given one: guests that misbehave for one event of many.
def when(byte, then):
    return f"""(local $i i32)
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $size)))
        (if (i32.eq (i32.load8_u (i32.add (local.get $at) (local.get $i))) (i32.const {ord(byte)})) (then {then}))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (call $answer (local.get $at) (local.get $size))"""


@pytest.mark.parametrize(
    ("then", "code"),
    [("(loop (br 0))", Code.TIME_LIMIT), ("unreachable", Code.EXCEPTION), ("(return (i64.const 5))", Code.BAD_RETURN)],
    ids=["loop", "trap", "lie"],
)
async def test_a_guilty_event_fails_alone(pool, then, code):
    ledger = await run(pool, module(when("!", then)), [b'{"n":"%c"}' % byte for byte in b"ab!de!"], event_seconds=0.3)
    assert list(ledger.status) == [E, E, F, E, E, F]
    assert {failure.code for failure in ledger.failures.values()} == {code}
