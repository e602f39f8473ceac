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
]  # fmt: skip


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
async def test_a_guest_in_zig_does_what_its_namesake_in_python_does(workload):
    made = build.zig({"main.zig": build.source(f"zig/{workload.name}.zig")}, build.QUICK)
    source = base64.b64encode(made).decode()
    events = payloads(100) + [orjson.dumps(event) for event in ODD]
    async with Pool(Settings(spare_workers=0)) as pool:
        plan = Plan("w", (Step("guest", "wasm", "guest", source),), Limits())
        ledger = await pool.run(plan, Batch(events))
    assert Status.FAILED not in ledger.status
    found = {inputs[0]: json.loads(payload) for payload, inputs in zip(*ledger.outputs(), strict=True)}
    python = workload.plain()
    expected = {at: made for at, event in enumerate(events) if (made := python(json.loads(event), None)) is not None}
    assert found == expected
