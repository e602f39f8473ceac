"""The guests that are measured, built from their sources: each does what its namesake in Python does."""

import base64
import json

import orjson
import pytest

from benchmarks.workloads import WORKLOADS, payloads
from tests.guests import build
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

pytestmark = [pytest.mark.asyncio, pytest.mark.need("zig")]

ODD = [
    {"a": "ask ada@example.org, or +1 (555) 010-9999.", "ada@example.org": ["b.c+d@e-f.co.uk!", 5, None, "1.2.3"], "n": {"x": "@", "y": "a@b"}},
    {"escaped": 'say "ada@example.org"\tat 555 010 9999\n', "umlaut": "für ada@example.org ☎ 0049-89-1234567", "empty": ""},
    {"many": "a@b.c d@e.f g@h..i 123456789 1234567890 (123) 456-7890- +12 +123456789012", "key 555 010 9999": "a@b@c.d"},
    {"numbers": [0, -1, 1.5, 1e30, 0.1, -2.5e-7, 123456789012345678, -(2**63), 2**64 - 1], "nested": [[], [[]], {}, {"a": {"b": []}}]},
    {"words": [None, True, False], "escapes": '"\\/\n\u0001 ☎ \U0001f600', 'a "key"\n': "", "event": " Some Thing ", "traits": {"name": "Ada"}},
]  # fmt: skip


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
async def test_a_guest_in_zig_does_what_its_namesake_in_python_does(workload):
    made = build.zig({"main.zig": build.source(f"zig/{workload.name}.zig")}, build.QUICK)
    source = base64.b64encode(made).decode()
    blanks = b' { "a" : [ 1 , 2,{ } ] ,\t"b" : { "c":null } , "a": 3 } '
    events = [*payloads(100), *map(orjson.dumps, ODD), *(json.dumps(event).encode() for event in ODD), blanks]
    async with Pool(Settings(spare_workers=0)) as pool:
        plan = Plan("w", (Step("guest", "wasm", "guest", source),), Limits(event_seconds=10, turn_seconds=30))
        ledger = await pool.run(plan, Batch(events))
    assert Status.FAILED not in ledger.status
    found = {inputs[0]: json.loads(payload) for payload, inputs in zip(*ledger.outputs(), strict=True)}
    python = workload.plain()
    expected = {at: made for at, event in enumerate(events) if (made := python(json.loads(event), None)) is not None}
    assert found == expected


ATTEMPTS = {
    "clock": '{"r": true}',
    "random": '{"r": true}',
    "environment": '{"r": [{}, []]}',
    "read": '{"r": ""}',
    "print": '{"r": null}',
    "metadata": '{"r": {"source": "test"}}',
    "open": "T201 FileNotFoundError",
    "list": "T201 FileNotFoundError",
    "memory": "T201 MemoryError",
    "recursion": "T201 RecursionError",
    "sleep": "T201 trap: wasi:clocks/monotonic-clock@0.2.9#subscribe-instant was called, which is not offered",
    "exit": "T201 the component asked to exit",
    "abort": "T201 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion) (in abort)",
    "loop": "T301 the event ran longer than 3 s",
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.need("componentize-py")
async def test_python_as_a_component_reaches_nothing():
    source = base64.b64encode(build.python(build.source("python/app.py"))).decode()
    settings = Settings(spare_workers=0, compile_seconds=500, event_seconds=3, turn_seconds=120)
    async with Pool(settings, artefacts=build.KEPT / "artefacts") as pool:
        plan = Plan("w", (Step("guest", "wasm", "guest", source),), settings.limits)
        events = [json.dumps({"try": each}).encode() for each in ATTEMPTS]
        ledger = await pool.run(plan, Batch(events, common={"source": "test"}), keep_logs=True)
    found = dict.fromkeys(range(len(ATTEMPTS)), "")
    found |= {inputs[0]: payload.decode() for payload, inputs in zip(*ledger.outputs(), strict=True)}
    found |= {at: f"{failure.code.text} {failure.message}" for at, failure in ledger.failures.items()}
    assert dict(zip(ATTEMPTS, found.values(), strict=True)) == ATTEMPTS
    assert ledger.logs[list(ATTEMPTS).index("print")] == ["printed", "and to stderr", "logged"]
