"""POST /v0/validate against a server with a config backend: one reply for each event, whatever happens."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.gateway import open_gateway
from transformer.service import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

ORDER = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "properties": {
            "type": "object",
            "additionalProperties": False,
            "required": ["order_id"],
            "properties": {"order_id": {"type": "string"}, "n": {"type": "integer"}},
        }
    },
}


def plan_of(**events):
    return {"id": "tp", "version": 7, "rules": {"events": [{"name": name, "rules": each} for name, each in events.items()]}}


@pytest.fixture(scope="module")
def backend():
    with ConfigBackend() as made:
        made.plans["Shop-1", "tp", "7"] = plan_of(Order=ORDER)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(tmp_path_factory, backend):
    folder = tmp_path_factory.mktemp("registry")
    settings = settings_of(folder, config_backend_url=backend.url, cache_dir="", batch_events=300)
    async with Server(settings, doors=open_gateway(settings)) as server:
        yield Plane(server.doors[0].address)


@pytest.fixture(autouse=True)
def _well(backend):
    yield
    backend.failures.clear()


def item(properties=None, plan="tp", version=7, workspace="Shop-1", event="Order", **metadata):
    message = {"type": "track", "event": event, "messageId": "m", "properties": properties or {}}
    told = {"workspaceId": workspace, "trackingPlanId": plan, "trackingPlanVersion": version, "messageId": "m", "jobId": 3}
    return {"message": message, "metadata": told | metadata}


def statuses(answer):
    return [each["statusCode"] for each in answer.json]


def types(reply):
    return [each["type"] for each in reply.get("validationErrors", ())]


async def test_every_event_has_its_reply_in_order(plane):
    sent = [item({"order_id": "a"}), item({"order_id": 5, "x": 1}), item(event="Nothing"), item({"order_id": "b"})]
    answer = await plane.post("/v0/validate", sent)
    assert (answer.status, answer.headers["apiversion"]) == (200, "2")
    assert [each["output"] for each in answer.json] == [each["message"] for each in sent]
    assert [each["metadata"] for each in answer.json] == [each["metadata"] for each in sent]
    assert [sorted(types(each)) for each in answer.json] == [
        [],
        ["Additional-Properties", "Datatype-Mismatch"],
        ["Unplanned-Event"],
        [],
    ]
    assert statuses(answer) == [200, 200, 200, 200]


async def test_what_is_dropped_is_a_400_with_its_event(plane):
    sent = [
        item({"order_id": "a"}, mergedTpConfig={"unplannedProperties": "drop"}),
        item({"order_id": "a", "x": 1}, mergedTpConfig={"unplannedProperties": "drop"}),
        item(event="Nothing", mergedTpConfig={"allowUnplannedEvents": "false"}),
        item({}, mergedTpConfig={"anyOtherViolation": "drop"}),
    ]
    answer = await plane.post("/v0/validate", sent)
    assert statuses(answer) == [200, 400, 400, 400]
    assert [each["output"] for each in answer.json] == [each["message"] for each in sent]


async def test_a_workspace_that_cannot_be_has_its_events_go_on(plane):
    sent = [item({}, workspace="no such id/"), item({}, "", workspace="no such id/"), item({})]
    answer = await plane.post("/v0/validate", sent)
    assert statuses(answer) == [200, 200, 200]
    assert [each["output"] for each in answer.json] == [each["message"] for each in sent]
    assert answer.json[0]["error"].startswith("not validated: metadata.workspaceId: ")
    assert "error" not in answer.json[1]
    assert types(answer.json[2]) == ["Required-Missing"]


async def test_metadata_goes_back_to_the_byte(plane):
    body = (
        b'[{"message": {"type":"track","event":"Order","properties":{"order_id":"\\u00e9", "n":1.0}},'
        b' "metadata": {"trackingPlanId":"tp" ,"trackingPlanVersion":7,"workspaceId":"Shop-1",  "x":1e2}}]'
    )
    answer = await plane.post("/v0/validate", body)
    assert b'{"trackingPlanId":"tp" ,"trackingPlanVersion":7,"workspaceId":"Shop-1",  "x":1e2}' in answer.body
    assert b'{"type":"track","event":"Order","properties":{"order_id":"\\u00e9", "n":1.0}}' in answer.body


async def test_an_event_that_options_change_goes_on_changed(plane):
    sent = item({"order_id": 5}, sourceTpConfig={"global": {"ajvOptions": {"coerceTypes": True}}})
    (reply,) = (await plane.post("/v0/validate", [sent])).json
    assert reply["statusCode"] == 200
    assert reply["output"]["properties"] == {"order_id": "5"}


@pytest.mark.parametrize("metadata", [{"plan": ""}, {"plan": None}, {"plan": 5}])
async def test_events_without_a_plan_go_on(plane, backend, metadata):
    before = len(backend.asked)
    answer = await plane.post("/v0/validate", [item(**metadata)])
    assert (answer.status, statuses(answer), "error" in answer.json[0]) == (200, [200], False)
    assert len(backend.asked) == before


async def test_no_events_are_no_replies(plane):
    answer = await plane.post("/v0/validate", [])
    assert (answer.status, answer.body) == (200, b"[]")


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"5", b'"x"', b"\xff"])
async def test_a_body_that_is_no_array_is_refused(plane, body):
    answer = await plane.post("/v0/validate", body)
    assert answer.status == 400
    assert list(answer.json) == ["error"]


async def test_odd_items_have_replies_that_can_be_decoded(plane):
    odd = [5, None, {}, {"message": 5, "metadata": 5}, {"message": None, "metadata": None}, {"metadata": {}}, []]
    odd += [item() | {"message": message} for message in (5, None, [], "x", {})]
    odd += [{"message": {}, "metadata": item()["metadata"] | {"mergedTpConfig": 5, "sourceTpConfig": []}}]
    answer = await plane.post("/v0/validate", odd)
    assert answer.status == 200
    assert len(answer.json) == len(odd)
    for reply in answer.json:
        assert isinstance(reply["statusCode"], int)
        assert isinstance(reply.get("output", {}), dict)
        assert isinstance(reply.get("metadata", {}), dict)
        assert isinstance(reply.get("error", ""), str)


async def test_more_events_than_a_batch_may_have_are_all_judged(plane):
    sent = [item({"order_id": "a"} if index % 3 else {}) for index in range(1000)]
    answer = await plane.post("/v0/validate", sent)
    assert [types(each) for each in answer.json] == [[] if index % 3 else ["Required-Missing"] for index in range(1000)]


async def test_plans_of_one_request_stay_apart(plane, backend):
    backend.plans["Shop-1", "other", "1"] = plan_of(Other={})
    backend.plans["shop-2", "tp", "7"] = plan_of(Another={})
    sent = [item({"order_id": "a"}), item(plan="other", version=1), item(workspace="shop-2"), item(event="Another")] * 3
    answer = await plane.post("/v0/validate", sent)
    assert [types(each) for each in answer.json] == [[], ["Unplanned-Event"], ["Unplanned-Event"], ["Unplanned-Event"]] * 3
    told = answer.json[1]["validationErrors"][0]["message"]
    assert told == "tracking plan other, version 1 has no event 'Order'"


async def test_a_plan_is_asked_for_once(plane, backend):
    backend.plans["Shop-1", "once", "1"] = plan_of(Order=ORDER)
    for _ in range(3):
        await plane.post("/v0/validate", [item(plan="once", version=1)] * 3)
    assert [path for path in backend.asked if "/once?" in path] == ["/workspaces/Shop-1/tracking-plans/once?version=1"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (401, "config_backend_auth_failed"),
        (403, "config_backend_forbidden"),
        (500, "config_backend_unavailable"),
        ("http://127.0.0.1:1/", "config_backend_redirect"),
        ("reset", "config_backend_unavailable"),
    ],
)
async def test_a_plan_that_cannot_be_had_for_now_has_all_of_it_sent_again(plane, backend, failure, reason):
    backend.failures[""] = failure
    sent = [item({"order_id": "a"}), item(plan=f"new-{failure}"), item(plan="")]
    answer = await plane.post("/v0/validate", sent)
    assert (answer.status, answer.headers["x-rudder-should-retry"]) == (503, "true")
    assert answer.headers["x-rudder-error-reason"] == reason
    assert statuses(answer) == [503, 503, 503]
    assert [each["metadata"] for each in answer.json] == [each["metadata"] for each in sent]


@pytest.mark.parametrize(
    "served",
    [None, b"", b"no JSON", b"[]", b'{"rules": 5}', b'{"error": "gone"}'],
)
async def test_a_plan_that_is_no_use_has_events_go_on_and_say_so(plane, backend, served):
    plan = f"useless-{served}"
    if served is not None:
        backend.plans["Shop-1", plan, "7"] = served
    answer = await plane.post("/v0/validate", [item(plan=plan, mergedTpConfig={"anyOtherViolation": "drop"}), item()])
    assert statuses(answer) == [200, 200]
    assert answer.json[0]["error"].startswith("not validated: ")
    assert answer.json[0]["output"] == item()["message"]
    assert types(answer.json[1]) == ["Required-Missing"]


class TestAttacks:
    """Schemas and events that want to cost something. They cost their worker at most, and nobody else's reply."""

    DOUBLING = {"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "required": ["b"]}
    ENDLESS = {
        "definitions": {
            **{f"d{n}": {"anyOf": [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(40)},
            "d40": {"type": "string"},
        },
        "$ref": "#/definitions/d0",
    }

    async def test_what_takes_for_ever_breaks_the_plan_and_the_rest_is_judged(self, plane, backend):
        deep = {}
        for _ in range(40):
            deep = {"a": deep}
        backend.plans["Shop-1", "doubling", "1"] = plan_of(Order=ORDER, Doubling=self.DOUBLING, Endless=self.ENDLESS)
        sent = [
            item({"order_id": "a"}, "doubling", 1),
            item(plan="doubling", version=1, event="Endless", mergedTpConfig={"anyOtherViolation": "drop"}),
            item(plan="doubling", version=1, event="Doubling"),
            item({}, "doubling", 1),
            item({"order_id": "b"}),
        ]
        sent[2]["message"] |= deep
        answer = await plane.post("/v0/validate", sent)
        assert statuses(answer) == [200, 400, 200, 200, 200]
        assert [types(each) for each in answer.json] == [
            [],
            ["Unknown-Violation"],
            ["Unknown-Violation"],
            ["Required-Missing"],
            [],
        ]
        assert answer.json[1]["validationErrors"][0]["message"].startswith("cannot be validated: the event ")

    async def test_a_request_full_of_them_ends_with_every_event(self, plane, backend):
        backend.plans["Shop-1", "endless", "1"] = plan_of(Endless=self.ENDLESS)
        sent = [item(plan="endless", version=1, event="Endless") for _ in range(8)]
        answer = await plane.post("/v0/validate", sent)
        assert statuses(answer) == [200] * 8
        assert all(each["error"] for each in answer.json)
        assert statuses(await plane.post("/v0/validate", [item({"order_id": "a"})])) == [200]

    async def test_loops_and_places_elsewhere_go_nowhere(self, plane, backend):
        loop = {"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"allOf": [{"$ref": "#"}]}}}
        elsewhere = {"$ref": f"{backend.url}/schema"}
        backend.plans["Shop-1", "loops", "1"] = plan_of(Loop=loop, Elsewhere=elsewhere, File={"$ref": "file:///etc/passwd"})
        before = len(backend.asked)
        sent = [item(plan="loops", version=1, event=event) for event in ("Loop", "Elsewhere", "File")]
        answer = await plane.post("/v0/validate", sent)
        assert statuses(answer) == [200] * 3
        assert [types(each) for each in answer.json] == [[], ["Unknown-Violation"], ["Unknown-Violation"]]
        assert len(backend.asked) == before + 1

    async def test_catastrophic_patterns_take_no_time(self, plane, backend):
        patterns = {
            "properties": {"properties": {"properties": {"a": {"pattern": "^(a+)+$"}, "b": {"pattern": "^(?=(a+)+b)(a+)+$"}}}}
        }
        backend.plans["Shop-1", "patterns", "1"] = plan_of(Order=patterns)
        sent = [item({"a": "a" * 100_000 + "!", "b": "a" * 100_000 + "!"}, "patterns", 1)] * 3
        answer = await plane.post("/v0/validate", sent)
        assert [types(each) for each in answer.json] == [["Advance-Rules-Violation"] * 2] * 3

    async def test_a_schema_of_a_megabyte_is_used(self, plane, backend):
        large = {"properties": {"properties": {"properties": {f"k{n}": {"pattern": f"^a{n}[bc]*$"} for n in range(20_000)}}}}
        plan = plan_of(Order=large)
        assert len(json.dumps(plan)) > 700_000
        backend.plans["Shop-1", "large", "1"] = plan
        answer = await plane.post("/v0/validate", [item({"k7": "a7bb"}, "large", 1), item({"k7": "x"}, "large", 1)])
        assert statuses(answer) == [200, 200]
        gave_up = answer.json[1].get("error", "").startswith("not validated: loading the code")  # slow machines may
        assert gave_up or types(answer.json[1]) == ["Advance-Rules-Violation"]

    async def test_a_plan_that_no_worker_can_hold_has_events_go_on(self, plane, backend):
        events = b",".join(b'{"name":"n%d","rules":{"type":"object"}}' % number for number in range(150_000))
        backend.plans["Shop-1", "huge", "1"] = b'{"rules":{"events":[%s]}}' % events
        sent = [item({"order_id": "a"}, "huge", 1, mergedTpConfig={"anyOtherViolation": "drop"})] * 2 + [
            item({"order_id": "a"})
        ]
        answer = await plane.post("/v0/validate", sent)
        assert statuses(answer) == [200] * 3
        assert answer.json[0]["error"].startswith("not validated: loading the code ")
        assert "error" not in answer.json[2]

    async def test_a_schema_that_no_worker_can_hold_is_not_its_events_fault(self, plane, backend):
        patterns = {f"k{number}": {"pattern": f"^a{number}[bc]*$"} for number in range(100_000)}
        backend.plans["Shop-1", "wide", "1"] = plan_of(Order=ORDER, Wide={"properties": patterns})
        drops = {"anyOtherViolation": "drop"}
        sent = [item(plan="wide", version=1, event="Wide", mergedTpConfig=drops), item({}, "wide", 1, mergedTpConfig=drops)]
        answer = await plane.post("/v0/validate", sent)
        assert statuses(answer) == [200, 400]
        assert answer.json[0]["error"].startswith("not validated: loading the code that this event needs ")
        assert answer.json[0]["output"] == sent[0]["message"]

    async def test_deep_and_broken_events_have_their_reply(self, plane):
        deep = b"[" * 5000 + b"]" * 5000
        metadata = json.dumps(item()["metadata"]).encode()
        message = b'{"type": "track", "event": "Order", "properties": {"order_id": %s}}'
        bodies = [message % deep, message % b'"\\ud800"', message % b"1e999", message % b'"ok"']
        body = b"[" + b",".join(b'{"message": %s, "metadata": %s}' % (each, metadata) for each in bodies) + b"]"
        answer = await plane.post("/v0/validate", body)
        assert (answer.status, statuses(answer)) == (200, [400, 200, 400, 200])
        assert ["output" in each for each in answer.json] == [False, True, False, True]
        assert b"1e999" not in answer.body
        elsewhere = body.replace(b'"tp"', b'""')  # without a plan
        assert statuses(await plane.post("/v0/validate", elsewhere)) == [400, 200, 400, 200]

    async def test_requests_beside_an_attack_are_answered(self, plane, backend):
        backend.plans["Shop-1", "beside", "1"] = plan_of(Endless=self.ENDLESS)
        attack = asyncio.create_task(plane.post("/v0/validate", [item(plan="beside", version=1, event="Endless")] * 3))
        answers = await asyncio.gather(*(plane.post("/v0/validate", [item({"order_id": "a"})]) for _ in range(5)))
        assert [statuses(each) for each in answers] == [[200]] * 5
        assert statuses(await attack) == [200] * 3
