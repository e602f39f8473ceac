"""The contract cases of a Python service that need no gateway, run through real workers; their servers stand on loopback.

A case says what an HTTP service answers; here it is read as what the engine and the turn must give: `success` are the outputs,
`failed` the failures and, where the service would report them as filtered, the dropped events. What is left out here is asked
over HTTP (`tests/conformance`).
"""

import asyncio
import collections
import dataclasses
import json
import re
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance import user_cases
from tests.conformance.asserting import failure_of, read
from tests.engines.mocks import Mock, Mocks
from transformer.broker import Broker
from transformer.broker.opening import open_broker
from transformer.capabilities import Capabilities
from transformer.library.pins import Own, named, pinned
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

CASES = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "user_transformations" / "python.jsonl"
NEEDS_MORE = "it needs a whole rudder-server"
_HTTP = {"http", "client", "config_backend", "redirect_target", "metric", "elapsed_s"}


def _left_out(case):
    """Why a case is left out, or ""."""
    for reason, applies in (
        (NEEDS_MORE, not case["runnable"]),
        ("it is about endpoints of the HTTP gateway", case["endpoint"] != "/customTransform"),
        ("it is about mirrored traffic, which the HTTP gateway answers", "MIRROR_FILTER_ENABLED" in case["env"]),
        ("it is about a failing config backend", case["config_backend"] != "standard" and "mode" not in case["config_backend"]),
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


@dataclasses.dataclass
class Around:
    """What surrounds a case: its code with the addresses of its servers put in, and what answers its calls."""

    step: Step
    limits: Limits
    broker: Broker
    servers: dict[str, Mock]


def _names(code):
    """Whatever in the code may be the name of a secret."""
    return sorted(set(re.findall(r"""["']([A-Za-z0-9_][\w.-]*)["']""", code)))


def _libraries(code, codes):
    """The libraries of the workspace that the code imports, with what those import."""

    def own(name):
        inner = set(named("python", codes[name])) & codes.keys() - {name}
        return Own(name, "python", codes[name], name, pinned("python", codes[name], {each: own(each) for each in inner}))

    return pinned("python", code, {name: own(name) for name in codes})


async def _around(case, mocks):
    servers = {server["id"]: mocks.add(server) for server in case["needs"].get("servers", ())}
    code = case["code"]
    for name, server in servers.items():
        code = code.replace(f"{{{{server:{name}}}}}", server.url).replace(f"{{{{port:{name}}}}}", str(mocks.port))
    places = {server["env"]: servers[server["id"]] for server in case["needs"].get("servers", ()) if "env" in server}
    own = {"fetch_private": "127.0.0.0/8", "kv": "none", "fetch_breaker_failures": 0}
    if (place := places.get("GEOLOCATION_URL")) is not None:
        own |= {"geolocation": place.url, "geolocation_seconds": 0.1 if "delay_s" in place.config else 20.0}
    if override := case["env"].get("DNS_OVERRIDES"):
        own["fetch_dns_overrides"] = override.replace(",", "=")
    broker = open_broker(Settings(**own))
    credentials = case["credentials"] or []
    if isinstance(credentials, dict):
        credentials = credentials["per_event"][0]
    kept = {each["key"]: each["value"] for each in credentials}

    async def secret(_workspace, _capabilities, arguments):
        return kept.get(arguments["key"])

    broker.register("secret", secret)
    hosts = tuple(f"{name}:{port}" for name in ("127.0.0.1", "custom-api.test") for port in (mocks.port, mocks.tls_port))
    capabilities = Capabilities(hosts=hosts, secrets=tuple(_names(code)), geolocation=True)
    libraries = _libraries(code, {each["importName"]: each["code"] for each in case["libraries"] or ()})
    step = Step(f"{case['name']} {code}", "python", case["name"], code, capabilities=capabilities, libraries=libraries)
    limits = Limits(call_seconds=0.5 if "drip" in case["name"] else 20.0, turn_seconds=60.0)
    return Around(step, limits, broker, servers)


async def _answer(pool, around, step):
    """The items that a service would answer, from the ledger."""
    payloads = [json.dumps(event).encode() for event in step["events"]]
    plan = Plan("w", (around.step,), around.limits)
    ledger = await pool.run(plan, Batch(payloads, metadata=step["metadata"]), broker=around.broker)
    items = [
        {"statusCode": 200, "output": json.loads(payload), "metadata": step["metadata"][inputs[0]]}
        for payload, inputs in zip(*ledger.outputs(), strict=True)
    ]
    for index, status in enumerate(ledger.status):
        if status == Status.DROPPED:
            items.append({"statusCode": 298, "metadata": step["metadata"][index]})
        elif status == Status.FAILED:
            failure = ledger.failures[index]
            code = 503 if failure.code.retryable else 400
            items.append({"statusCode": code, "error": failure.message, "metadata": step["metadata"][index]})
    return items


def _assert_server(rule, server, events):
    if rule["path"] == "hits" and "min" in rule:
        assert len(server.requests) >= rule["min"], rule
    elif rule["path"] == "hits" and server.kind != "slow_ok":  # that one may be given up before it is asked
        assert len(server.requests) == rule["equals"], rule
    elif rule["path"] == "new_connections":  # events of a batch do not wait for each other's
        assert len(server.peers) <= max(rule["equals"], events), rule
    elif rule["path"] == "every_request":
        assert [server.heard(request) for request in server.requests] == [rule["equals"]] * len(server.requests), rule


def _assert(rule, items, servers):
    kind, _, index = rule["on"].partition("[")
    if kind.startswith("server:"):
        _assert_server(rule, servers[kind.partition(":")[2]], len(items))
        return
    chosen = {
        "items": items,
        "success": [item for item in items if item["statusCode"] == 200],
        "client_success": [item for item in items if item["statusCode"] == 200],
        "failed": [item for item in items if item["statusCode"] != 200],
        "client_failed": [item for item in items if item["statusCode"] == 503],
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
        chosen = [item for item in chosen if read(item, name) == [wanted]]
    assert chosen, rule
    assert not (told := failure_of(rule, [value for item in chosen for value in read(item, rule.get("path", ""))])), told


def _facts(items):
    return sorted(json.dumps([item["statusCode"], item.get("output"), item["metadata"]], sort_keys=True) for item in items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mocks():
    async with Mocks() as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", _runnable())
async def test_case_is_answered_as_the_contract_says(pool, mocks, case):
    around = await _around(case, mocks)
    try:
        await _try(pool, case, around)
    finally:
        await around.broker.close()


async def _try(pool, case, around):
    steps = case.get("steps") or [{"events": case["events"], "metadata": case["metadata"]}]
    rules = (case["expect"] or {}).get("asserts", []) + (case.get("asserts_per_side") or [])
    items = []
    for step in steps:
        if "events" not in step and "parallel" not in step:
            continue  # it is about metrics of the service
        together = await asyncio.gather(*(_answer(pool, around, each) for each in step.get("parallel", [step])))
        for rule in step.get("asserts", []):
            if rule["on"] not in _HTTP and "note" not in rule:
                for each in together:
                    _assert(rule, each, around.servers)
        items = [item for each in together for item in each]
    for rule in rules:
        if rule["on"] not in _HTTP and "note" not in rule and not rule.get("contains", "").startswith("transformer returned"):
            _assert(rule, items, around.servers)
    derived = case.get("derived_items")
    if derived and not case.get("steps") and not any(own in case["code"] for own in ("utcnow", "str(e)")):  # texts are our own
        assert _facts(items) == _facts(derived)


def test_what_is_left_out_is_asked_over_http(shared_folder):
    left = [(at, reason) for at, case in enumerate(_cases()) if (reason := _left_out(case))]
    assert collections.Counter(reason for _, reason in left) == {
        "it is about endpoints of the HTTP gateway": 21,
        "it is about a failing config backend": 15,
        "it is about mirrored traffic, which the HTTP gateway answers": 3,
        NEEDS_MORE: 3,
    }
    asked = [not user_cases.left_out(case) for case in user_cases.cases_of(shared_folder / "vectors", "python")]
    assert [reason for at, reason in left if not asked[at]] == [NEEDS_MORE] * 3
