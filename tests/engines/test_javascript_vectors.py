"""The contract cases of JavaScript that need no network and no libraries, run through real workers.

A case says what a service answered: for each item an event, an error with its stack, or, in the test mode, events alone. What
is left out is listed with its reason (`-rs`).
"""

import collections
import dataclasses
import json
from pathlib import Path

import pytest
import pytest_asyncio

from transformer.errors import Code
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

CASES = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "user_transformations" / "javascript.jsonl"


def _left_out(case):
    """Why a case is left out, or ""."""
    code = case["transformation"]["code"]
    for reason, applies in (
        ("it needs the network", case["needs_network"]),
        ("it imports libraries, which do not exist yet", case["libraries"] or case["rudderLibraries"] or "import " in code),
        ("it calls getCredential(), which does not exist yet", "getCredential(" in code),
    ):
        if applies:
            return reason
    return ""


def _cases():
    if not CASES.is_file():
        return []
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def _runnable():
    return [pytest.param(case, id=case["id"]) for case in _cases() if not _left_out(case)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


def _answers(ledger):
    """Outputs and messages of failures, in the order of a service's items: by event."""
    items = [(inputs[0], json.loads(payload)) for payload, inputs in zip(*ledger.outputs(), strict=True)]
    items += [(index, ledger.failures[index].message) for index, status in enumerate(ledger.status) if status == Status.FAILED]
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


def _expected(case):
    told = case["handler_output"]
    items = told["transformedEvents"] if isinstance(told, dict) else told
    wanted = []
    for item in items:
        if "error" in item:
            wanted.append(item["error"].partition("\n")[0])
        else:
            wanted.append(item.get("transformedEvent", item))
    return wanted


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", _runnable())
async def test_case_is_answered_as_the_contract_says(pool, case):
    events = [item.get("message", item) for item in case["input"]]
    metadata = [item.get("metadata", {}) if "message" in item else {} for item in case["input"]]
    step = Step(case["id"], "javascript", case["transformation"].get("name", "t"), case["transformation"]["code"])
    payloads = [json.dumps(event).encode() for event in events]
    limits = dataclasses.replace(pool.settings.limits, event_seconds=0.3) if case["handler_error"] else pool.settings.limits
    ledger = await pool.run(Plan("w", (step,), limits), Batch(payloads, metadata=metadata))
    if case["handler_error"]:  # the whole request timed out there
        assert {failure.code for failure in ledger.failures.values()} <= {Code.TIME_LIMIT, Code.BATCH_TIME}
        assert set(ledger.status) == {Status.FAILED}
        return
    answers, expected = _answers(ledger), _expected(case)
    # A batch function that throws is one item there; here each of its events has its own outcome, with the same words.
    if len(expected) == 1 and isinstance(expected[0], str):
        expected *= len(events)
    assert answers == expected


def test_what_is_left_out():
    """Skips with the list: which cases do not run here, and why."""
    if not _cases():
        pytest.skip("there is no ../shared beside the repository")
    left = collections.Counter(filter(None, map(_left_out, _cases())))
    assert len(_cases()) - left.total() >= 8
    table = "; ".join(f"{count} because {reason}" for reason, count in left.most_common())
    pytest.skip(f"{left.total()} of {len(_cases())} cases are left out: {table}")
