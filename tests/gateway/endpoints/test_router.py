"""Routers: every job is in exactly one reply, with its metadata as it came, whatever else is said."""

import json

import pytest

from transformer.errors import Code
from transformer.gateway.endpoints.router import _replies
from transformer.gateway.replies.answering import read_router_reply, router_reply
from transformer.gateway.requests.bodies import Facts
from transformer.gateway.requests.jobs import Job
from transformer.outcome import Failure, Ledger

ASYNC = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

AMPLITUDE = {"ID": "d1", "Config": {"apiKey": "k"}}
TRACK = {"type": "track", "userId": "u", "event": "E", "messageId": "m1", "properties": {"a": 1}}


def jobs(*messages, destination=AMPLITUDE, **metadata):
    made = []
    for at, message in enumerate(messages, 1):
        own = {"jobId": at, "workspaceId": "w1", "destinationId": "d1", "sourceId": "s1", **metadata}
        made.append({"message": message, "metadata": own, "destination": destination})
    return made


async def route(plane, items, kind="AM", path="/routerTransform", **headers):
    answer = await plane.post(path, {"input": items, "destType": kind}, **headers)
    assert (answer.status, answer.headers["apiversion"]) == (200, "2")
    replies = answer.json["output"] if path == "/routerTransform" else answer.json
    told = [known for reply in replies for known in reply["metadata"]]
    key = lambda one: json.dumps(one, sort_keys=True)  # noqa: E731 - for two lines
    sent = [one["metadata"] for one in items if isinstance(one, dict) and isinstance(one.get("metadata"), dict)]
    assert sorted(map(key, filter(None, told))) == sorted(map(key, filter(None, sent)))
    assert all(reply["metadata"] and isinstance(reply["statusCode"], int) for reply in replies)
    return replies


class TestAsked:
    pytestmark = ASYNC

    async def test_jobs_leave_together(self, plane):
        (reply,) = await route(plane, jobs(*[TRACK] * 5))
        assert (reply["batched"], reply["statusCode"], reply["destination"]) == (True, 200, AMPLITUDE)
        assert len(reply["batchedRequest"]["body"]["JSON"]["events"]) == 5

    async def test_a_batch_of_mapped_events_is_put_together(self, plane):
        mapped = await plane.post("/v0/destinations/am", jobs(TRACK, TRACK))
        outputs = [reply["output"] for reply in mapped.json]
        (reply,) = await route(plane, jobs(*outputs), path="/batch")
        assert len(reply["batchedRequest"]["body"]["JSON"]["events"]) == 2
        assert (await route(plane, jobs(*outputs)))[0]["statusCode"] == 400  # a router's jobs say that they were mapped

    async def test_one_that_cannot_be_mapped_is_told_by_itself(self, plane):
        replies = await route(plane, jobs(TRACK, {"type": "dance"}, TRACK))
        assert [(reply["statusCode"], len(reply["metadata"])) for reply in replies] == [(200, 2), (400, 1)]
        assert replies[1]["statTags"]["feature"] == "router"

    async def test_destinations_do_not_meet(self, plane):
        other = AMPLITUDE | {"Config": {"apiKey": "k2"}}
        items = jobs(TRACK, TRACK, TRACK)
        items[1]["destination"] = other
        keys = [reply["batchedRequest"]["body"]["JSON"]["api_key"] for reply in await route(plane, items)]
        assert keys == ["k", "k2"]

    async def test_settings_that_do_not_depend_on_events_are_of_the_id(self, plane):
        for fixed, count in ((False, 1), (True, 2)):
            items = jobs(TRACK, TRACK, destination=AMPLITUDE | {"hasDynamicConfig": fixed})
            items[1]["destination"] = AMPLITUDE | {"hasDynamicConfig": fixed, "Config": {"apiKey": "k", "note": "later"}}
            assert len(await route(plane, items)) == count

    async def test_workspaces_do_not_meet(self, plane):
        replies = await route(plane, [*jobs(TRACK), *jobs(TRACK, workspaceId="w2")])
        assert len(replies) == 2

    async def test_a_compacted_request_is_answered_as_a_plain_one(self, plane):
        plain = await route(plane, jobs(TRACK, TRACK))
        body = {
            "input": [{key: one[key] for key in ("message", "metadata")} for one in jobs(TRACK, TRACK)],
            "destinations": {"d1": AMPLITUDE},
            "connections": {},
            "destType": "am",
        }
        answer = await plane.post("/routerTransform", body, **{"X-Content-Format": "json+compactedv1"})
        assert answer.json["output"] == plain

    async def test_the_secret_of_an_account_reaches_the_mapper_and_does_not_come_back(self, plane):
        message = {"type": "identify", "userId": "u", "traits": {"email": "a@b.c", "lastName": "L"}, "context": {}}
        items = jobs(message, destination={"ID": "d", "Config": {}})
        (without,) = await route(plane, items, "salesforce")
        secret = {"access_token": "t0ken", "instance_url": "https://own.example.com"}
        (reply,) = await route(plane, items, "salesforce", **{"Oauth-Secret": json.dumps(secret)})
        assert (without["statusCode"], reply["statusCode"]) == (500, 200)
        assert reply["batchedRequest"]["headers"]["Authorization"] == "Bearer t0ken"
        assert "secret" not in reply["metadata"][0]

    @pytest.mark.parametrize("secret", ["{", "x", '"\\'])
    async def test_a_secret_that_is_no_json_is_refused(self, plane, secret):
        answer = await plane.post("/routerTransform", {"input": jobs(TRACK), "destType": "am"}, **{"Oauth-Secret": secret})
        assert answer.status == 400
        assert secret not in answer.json["error"]

    @pytest.mark.parametrize("body", [{}, {"input": []}, {"input": 7, "destType": "am"}, {"input": {"a": 1}}, {"input": None}])
    @pytest.mark.parametrize("path", ["/routerTransform", "/batch"])
    async def test_no_jobs_are_told_so(self, plane, body, path):
        answer = await plane.post(path, body)
        assert answer.status == 200
        (reply,) = answer.json["output"] if path == "/routerTransform" else answer.json
        assert (reply["error"], reply["statusCode"]) == ("Invalid event array", 400)

    @pytest.mark.parametrize("kind", ["nowhere", "postgres", 7, None, {"a": 1}, ""])
    async def test_an_unknown_destination_is_not_found(self, plane, kind):
        answer = await plane.post("/routerTransform", {"input": jobs(TRACK), "destType": kind})
        assert answer.status == 404

    @pytest.mark.parametrize(
        "wrong",
        [
            7,
            {},
            {"message": 7, "metadata": {"jobId": 99}, "destination": AMPLITUDE},
            {"message": TRACK, "metadata": {"jobId": 99}},
            {"message": TRACK, "metadata": {"jobId": 99}, "destination": 7},
            {"message": TRACK, "metadata": 7, "destination": AMPLITUDE},
            {"message": {"type": 7}, "metadata": {"jobId": 99}, "destination": AMPLITUDE},
            {"message": TRACK, "metadata": {"jobId": 99, "workspaceId": "no such/"}, "destination": AMPLITUDE},
            {"message": TRACK, "metadata": {"jobId": 99}, "destination": {"ID": [1], "Config": [1]}},
            {"message": TRACK, "metadata": {"jobId": 99, "secret": 7, "userId": 7}, "destination": AMPLITUDE},
            {"message": TRACK | {"properties": {"a": "x" * 1_100_000}}, "metadata": {"jobId": 99}, "destination": AMPLITUDE},
        ],
    )
    async def test_one_job_that_is_wrong_costs_no_other(self, plane, wrong):
        replies = await route(plane, [*jobs(TRACK), wrong])
        assert 200 in [reply["statusCode"] for reply in replies]


HOSTILE = [
    b'{"type":"track","event":"\\ud800","userId":"u"}',
    b'{"type":"track","a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"type":"track","a":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}",
    b'{"type":"track","a":1e999}',
    b'{"type":"track","a":' + b"9" * 400 + b"}",
]


class TestHostile:
    pytestmark = ASYNC

    @pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
    @pytest.mark.parametrize("compacted", [False, True])
    async def test_json_that_is_hostile_costs_no_other_job(self, plane, raw, compacted):
        good = json.dumps(TRACK).encode()
        destination = json.dumps(AMPLITUDE).encode()
        beside = b"" if compacted else b',"destination":' + destination
        items = b",".join(
            b'{"message":%b,"metadata":{"jobId":%d,"destinationId":"d1"}%b}' % (message, at, beside)
            for at, message in enumerate([good, raw, good])
        )
        body = b'{"input":[%b],"destinations":{"d1":%b},"connections":{},"destType":"am"}' % (items, destination)
        headers = {"X-Content-Format": "json+compactedv1"} if compacted else {}
        answer = await plane.post("/routerTransform", body, **headers)
        assert answer.status == 200
        told = {known["jobId"]: reply["statusCode"] for reply in answer.json["output"] for known in reply["metadata"]}
        assert sorted(told) == [0, 1, 2]
        assert told[0] == told[2] == 200


def job(at):
    return Job(b"{}", b'{"jobId":%d}' % at, b'{"ID":"d"}', b"", Facts())


def settled(size, outputs, failures=()):
    ledger = Ledger(size)
    events = sorted({event for inputs, _ in outputs for event in inputs})
    ledger.settle(events, [1] * len(events), [payload for _, payload in outputs], [inputs for inputs, _ in outputs])
    for event in failures:
        ledger.fail([event], Failure(Code.TIME_LIMIT, "too long"))
    return ledger


def ids(replies):
    return [[known["jobId"] for known in json.loads(reply)["metadata"]] for reply in replies]


GOOD = b'{"statusCode":200,"batched":true,"batchedRequest":{}}'


class TestNotBelieved:
    """A worker that lies."""

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"7",
            b"{}",
            b'{"statusCode":"200"}',
            b'{"statusCode":7}',
            b'{"statusCode":200,"batchedRequest":7}',
            b'{"statusCode":200,"error":7}',
            b'{"statusCode":200,"statTags":[1]}',
            b'{"statusCode":200,"order":[0,0]}',
            b'{"statusCode":200,"order":[0]}',
            b'{"statusCode":200,"order":[1,2]}',
            b'{"statusCode":200,"batchedRequest":{"a":NaN}}',
            b'{"statusCode":200}, {"a":1',
            b"[" * 100_000,
        ],
    )
    def test_a_reply_that_is_none_fails_its_jobs_alone(self, payload):
        replies = _replies(settled(4, [((0, 1), GOOD), ((2, 3), payload)]), [job(at) for at in range(4)], "am")
        assert ids(replies) == [[0, 1], [2], [3]]
        assert [json.loads(reply)["statusCode"] for reply in replies] == [200, 500, 500]

    def test_metadata_and_destination_are_never_the_workers(self):
        payload = b'{"statusCode":200,"metadata":[{"jobId":99}],"destination":{"ID":"mine"},"batchedRequest":{}}'
        (reply,) = _replies(settled(1, [((0,), payload)]), [job(5)], "am")
        assert json.loads(reply)["metadata"] == [{"jobId": 5}]
        assert json.loads(reply)["destination"] == {"ID": "d"}

    def test_what_is_said_twice_is_not_believed(self):
        replies = _replies(settled(3, [((0, 1), GOOD), ((1, 2), GOOD)]), [job(at) for at in range(3)], "am")
        assert ids(replies) == [[0], [1], [2]]

    def test_a_job_that_nobody_speaks_of_fails(self):
        replies = _replies(settled(3, [((0,), GOOD)], failures=[1]), [job(at) for at in range(3)], "am")
        assert ids(replies) == [[0], [1], [2]]
        assert [json.loads(reply)["statusCode"] for reply in replies] == [200, 400, 500]

    def test_the_order_of_jobs_is_the_replys(self):
        reply = read_router_reply(b'{"statusCode":200,"order":[1,0]}', 2)
        assert ids([router_reply(reply, [job(0), job(1)])]) == [[1, 0]]

    def test_tags_are_text(self):
        reply = read_router_reply(b'{"statusCode":400,"error":"e","statTags":{"a":"b","c":{"d":1},"e":null,"f":1,"g":true}}', 1)
        assert json.loads(router_reply(reply, [job(0)]))["statTags"] == {"a": "b"}

    @pytest.mark.parametrize(("sent", "tags"), [(b'"w"', {"workspaceId": "w"}), (b"true", {}), (b"7", {"workspaceId": 7})])
    def test_whose_it_is_says_who_sent_it(self, sent, tags):
        reply = read_router_reply(b'{"statusCode":400,"error":"e","statTags":{"workspaceId":"another"}}', 1)
        sender = Job(b"{}", b'{"workspaceId":%b}' % sent, b"", b"", Facts())
        told = json.loads(router_reply(reply, [sender]))["statTags"]
        assert {"workspaceId": "another"} | tags == told
