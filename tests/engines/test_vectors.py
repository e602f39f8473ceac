"""The contract cases of a Python service that need no network and no gateway, run through real workers.

A case says what an HTTP service answers; here it is read as what the engine and the turn must give: `success` are the outputs,
`failed` the failures and, where the service would report them as filtered, the dropped events. What is left out is listed with
its reason (`-rs`).
"""

import collections
import json
import re
from pathlib import Path

import pytest
import pytest_asyncio

from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

CASES = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "user_transformations" / "python.jsonl"
_HTTP = {"http", "client", "client_success", "client_failed", "config_backend", "redirect_target", "metric"}
_MISSING = object()


def _left_out(case):
    """Why a case is left out, or ""."""
    code = case.get("code") or ""
    for reason, applies in (
        ("it needs a whole rudder-server", not case["runnable"]),
        ("it is about endpoints of the HTTP gateway", case["endpoint"] != "/customTransform"),
        ("it needs the network", case["needs"].get("servers") or case["needs"].get("external")),
        ("it is about a failing config backend", case["config_backend"] != "standard" and "mode" not in case["config_backend"]),
        ("it imports libraries, which do not exist yet", case.get("libraries")),
        ("it imports requests, which does not exist yet", "requests" in code),
        ("it calls geolocation(), which does not exist yet", "geolocation(" in code),
        ("it calls getCredential(), which does not exist yet", "getCredential(" in code),
    ):
        if applies:
            return reason
    return ""


def _cases():
    if not CASES.is_file():
        return []
    return [json.loads(line) for line in CASES.read_text().splitlines()]


def _runnable():
    return [pytest.param(case, id=case["name"].replace(" ", "-")) for case in _cases() if not _left_out(case)]


async def _answer(pool, case, step):
    """The items that a service would answer, from the ledger."""
    version = Step(f"{case['name']} {case['code']}", "python", case["name"], case["code"])
    payloads = [json.dumps(event).encode() for event in step["events"]]
    ledger = await pool.run(Plan("w", (version,), pool.settings.limits), Batch(payloads, metadata=step["metadata"]))
    items = [
        {"statusCode": 200, "output": json.loads(payload), "metadata": step["metadata"][inputs[0]]}
        for payload, inputs in zip(*ledger.outputs(), strict=True)
    ]
    for index, status in enumerate(ledger.status):
        if status == Status.DROPPED:
            items.append({"statusCode": 298, "metadata": step["metadata"][index]})
        elif status == Status.FAILED:
            items.append({"statusCode": 400, "error": ledger.failures[index].message, "metadata": step["metadata"][index]})
    return items


def _read(value, path):
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else _MISSING
        else:
            value = value.get(part, _MISSING) if isinstance(value, dict) else _MISSING
    return value


_TESTS = {
    "equals": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted in str(value),
    "icontains": lambda value, wanted: wanted.lower() in str(value).lower(),
    "regex": lambda value, wanted: re.search(wanted, str(value)) is not None,
    "null_or_absent": lambda value, _: value is _MISSING or value is None,
    "absent": lambda value, _: value is _MISSING,
    "not_empty": lambda value, _: value is not _MISSING and value not in ("", None, [], {}),
    "absent_keys": lambda value, keys: not set(keys) & set(value),
}


def _assert(rule, items):
    kind, _, index = rule["on"].partition("[")
    chosen = {
        "items": items,
        "success": [item for item in items if item["statusCode"] == 200],
        "failed": [item for item in items if item["statusCode"] != 200],
    }[kind]
    if "count" in rule:
        assert len(chosen) == rule["count"], rule
        return
    if "min" in rule:
        assert len(chosen) >= rule["min"], rule
        return
    if index and index != "*]":
        chosen = chosen[int(index[:-1]) :][:1]
    for name, wanted in rule.get("where", {}).items():
        chosen = [item for item in chosen if _read(item, name) == wanted]
    assert chosen, rule
    for name in rule.keys() & _TESTS.keys():
        for item in chosen:
            assert _TESTS[name](_read(item, rule["path"]), rule[name]), (rule, item)


def _facts(items):
    return sorted(json.dumps([item["statusCode"], item.get("output"), item["metadata"]], sort_keys=True) for item in items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", _runnable())
async def test_case_is_answered_as_the_contract_says(pool, case):
    steps = case.get("steps") or [{"events": case["events"], "metadata": case["metadata"]}]
    rules = (case["expect"] or {}).get("asserts", []) + (case.get("asserts_per_side") or [])
    items = []
    for step in steps:
        items = await _answer(pool, case, step)
        for rule in step.get("asserts", []):
            if rule["on"] not in _HTTP and "note" not in rule:
                _assert(rule, items)
    for rule in rules:
        if rule["on"] not in _HTTP and "note" not in rule:
            _assert(rule, items)
    derived = case.get("derived_items")
    if derived and not case.get("steps") and "utcnow" not in case["code"]:
        assert _facts(items) == _facts(derived)


def test_what_is_left_out():
    """Skips with the list: which cases do not run here, and why."""
    if not _cases():
        pytest.skip("there is no ../shared beside the repository")
    left = collections.Counter(filter(None, map(_left_out, _cases())))
    assert len(_cases()) - left.total() >= 20
    table = "; ".join(f"{count} because {reason}" for reason, count in left.most_common())
    pytest.skip(f"{left.total()} of {len(_cases())} cases are left out: {table}")
