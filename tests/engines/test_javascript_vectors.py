"""The contract cases of JavaScript that need no server on the network and no library of its vendor's, run through real workers.

A case says what a service answered: for each item an event, an error with its stack, or, in the test mode, events alone. What
is left out here is asked over HTTP (`tests/conformance`).
"""

import collections
import dataclasses
import json
import re
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance import user_cases
from transformer.broker.opening import open_broker
from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.base import Surroundings
from transformer.errors import Code
from transformer.library.pins import Own, pinned
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

CASES = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "user_transformations" / "javascript.jsonl"


def _left_out(case):
    """Why a case is left out, or ""."""
    code = case["transformation"]["code"]
    for reason, applies in (
        ("it needs a server on the network", "api.rudderlabs.com" in code),
        ("it imports a library that its vendor keeps on a server of its own", case["rudderLibraries"]),
        ("it expects that code cannot log outside of tests", "log is not defined" in json.dumps(case["handler_output"])),
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


SETTINGS = Settings(spare_workers=0, fetch_dns_overrides="abc.xyz.com=127.0.0.1", geolocation="http://127.0.0.1:9/")
SECRETS = ("key1", "key2", "key3", "1", "true")
ANY = Capabilities(hosts=("*", "*:1000", "*:9000"), secrets=SECRETS, geolocation=True)
IN_LIBRARY = re.compile(r" \(in \w+, line \d+\)$")
# Ours does not tell code which address a name has.
SAID = {"cannot use 127.0.0.1 as IP address for": "cannot use a non-public IP address for"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(SETTINGS) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def answering():
    """answering(case) → a broker with the real fetch and geolocation, and the case's credentials as secrets."""
    brokers = []

    def make(case):
        known = {one["key"]: one["value"] for item in case["input"] for one in item.get("credentials") or ()}

        async def secret(workspace, capabilities, arguments):
            return known.get(arguments["key"])

        brokers.append(broker := open_broker(SETTINGS))
        broker.register("secret", secret)
        return broker

    yield make
    for broker in brokers:
        await broker.close()


def _own(case):
    """The libraries of the case, by the names that its code imports them by."""
    libraries = {one.get("importName", one["name"]): one["code"] for one in (case["libraries"] or {}).values()}
    return {name: Own(name, "javascript", source, f"{case['id']} {name}") for name, source in libraries.items()}


def _answers(ledger):
    """Outputs and messages of failures, in the order of a service's items: by event."""
    items = [(inputs[0], json.loads(payload)) for payload, inputs in zip(*ledger.outputs(), strict=True)]
    items += [
        (index, IN_LIBRARY.sub("", ledger.failures[index].message))
        for index, status in enumerate(ledger.status)
        if status == Status.FAILED
    ]
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
    text = json.dumps(wanted)
    for theirs, ours in SAID.items():
        text = text.replace(theirs, ours)
    return json.loads(text)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", _runnable())
async def test_case_is_answered_as_the_contract_says(pool, answering, case):
    events = [item.get("message", item) for item in case["input"]]
    metadata = [item.get("metadata", {}) if "message" in item else {} for item in case["input"]]
    code = case["transformation"]["code"]
    asks = "fetch" in code or "geolocation(" in code or "getCredential(" in code
    capabilities = dataclasses.replace(ANY, legacy_fetch=True) if asks else NOTHING
    libraries = pinned("javascript", code, _own(case))
    name = case["transformation"].get("name", "t")
    if case["handler_error"] and "Module not found" in case["handler_error"]["message"]:
        report = await pool.check("w", "javascript", code, name, Surroundings(libraries))
        missing = case["handler_error"]["message"].split()[2]
        assert [problem.message.partition(";")[0] for problem in report.problems] == [f"There is no library '{missing}'"]
        return
    step = Step(case["id"], "javascript", name, code, capabilities=capabilities, libraries=libraries, legacy=True)
    payloads = [json.dumps(event).encode() for event in events]
    limits = pool.settings.limits
    if case["handler_error"]:  # endless
        limits = dataclasses.replace(limits, event_seconds=0.3, turn_seconds=1.0)
    ledger = await pool.run(Plan("w", (step,), limits), Batch(payloads, metadata=metadata), broker=answering(case))
    if case["handler_error"]:  # the whole request timed out there
        assert {failure.code for failure in ledger.failures.values()} <= {Code.TIME_LIMIT, Code.BATCH_TIME}
        assert set(ledger.status) == {Status.FAILED}
        return
    answers, expected = _answers(ledger), _expected(case)
    # A batch function that throws is one item there; here each of its events has its own outcome, with the same words.
    if len(expected) == 1 and isinstance(expected[0], str):
        expected *= len(events)
    assert answers == expected


def test_what_is_left_out_is_asked_over_http(shared_folder):
    left = [(at, reason) for at, case in enumerate(_cases()) if (reason := _left_out(case))]
    assert collections.Counter(reason for _, reason in left) == {
        "it needs a server on the network": 4,
        "it expects that code cannot log outside of tests": 1,
        "it imports a library that its vendor keeps on a server of its own": 1,
    }
    asked = user_cases.cases_of(shared_folder / "vectors", "javascript")
    assert [user_cases.left_out(asked[at]) for at, _ in left] == [""] * 6
