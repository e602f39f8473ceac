"""Destinations as a processor asks for them: an answer that it can decode, in order, whatever it sends."""

import json

import pytest

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

AMPLITUDE = {"ID": "d1", "Config": {"apiKey": "k"}}
TRACK = {"type": "track", "userId": "u", "event": "E", "messageId": "m1", "properties": {"a": 1}}
METADATA = {"jobId": 1, "workspaceId": "W1", "destinationId": "d1", "sourceId": "s1", "messageId": "m1"}
COMPACTED = {"X-Content-Format": "json+compactedv1"}


def item(message=TRACK, metadata=METADATA, destination=AMPLITUDE, **more):
    return {"message": message, "metadata": metadata, "destination": destination} | more


def decodable(answer):
    """The replies, held against what the client's structs take."""
    assert (answer.status, answer.headers["apiversion"]) == (200, "2")
    replies = json.loads(answer.body, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    for reply in replies:
        assert isinstance(reply["statusCode"], int)
        assert isinstance(reply.get("output", {}), dict)
        assert isinstance(reply.get("metadata", {}), dict)
        assert isinstance(reply.get("error", ""), str)
        assert all(isinstance(value, str) for value in reply.get("statTags", {}).values())
    return replies


async def test_events_are_mapped_in_order(plane):
    sent = [item(TRACK | {"event": str(at)}, METADATA | {"jobId": at}) for at in range(150)]
    replies = decodable(await plane.post("/v0/destinations/am", sent))
    assert [reply["metadata"]["jobId"] for reply in replies] == list(range(150))
    assert [reply["output"]["body"]["JSON"]["events"][0]["event_type"] for reply in replies] == [str(at) for at in range(150)]


async def test_order_is_kept_across_destinations(plane):
    others = [AMPLITUDE | {"ID": f"d{at}", "Config": {"apiKey": f"k{at}"}} for at in range(3)]
    sent = [item(metadata=METADATA | {"jobId": at}, destination=others[at % 3]) for at in range(30)]
    replies = decodable(await plane.post("/v0/destinations/AM", sent))
    assert [reply["output"]["body"]["JSON"]["api_key"] for reply in replies] == [f"k{at % 3}" for at in range(30)]


async def test_metadata_comes_back_to_the_byte(plane):
    raw = b'{"workspaceId" : "w1", "n": 12345678901234567890.10, "\\u00e9": "\\ud83d\\ude00", "jobId":7 }'
    body = b'[{"message":%b,"metadata":%b,"destination":%b}]' % (
        json.dumps(TRACK).encode(),
        raw,
        json.dumps(AMPLITUDE).encode(),
    )
    answer = await plane.post("/v0/destinations/am", body)
    assert raw in answer.body
    decodable(answer)


async def test_a_compacted_request_is_answered_as_a_plain_one(plane):
    plain = await plane.post("/v0/destinations/am", [item(), item()])
    one = {"message": TRACK, "metadata": METADATA}
    body = {"input": [one, one], "destinations": {"d1": AMPLITUDE}, "connections": {}}
    assert (await plane.post("/v0/destinations/am", body, **COMPACTED)).json == plain.json


async def test_a_connection_reaches_the_mapper_however_it_comes(plane):
    connection = {"config": {"destination": {"audienceId": "a1", "identifierMappings": [{"from": "e", "to": "email"}]}}}
    record = {"type": "record", "action": "insert", "identifiers": {"email": "a@b.c"}, "fields": {}}
    destination = {"ID": "d1", "Config": {"appApiKey": "k", "siteId": "s", "apiKey": "a"}}
    plain = decodable(await plane.post("/v0/destinations/customerio_audience", [item(record, destination=destination)]))
    sent = [item(record, destination=destination, connection=connection)]
    beside = decodable(await plane.post("/v0/destinations/customerio_audience", sent))
    body = {
        "input": [{"message": record, "metadata": METADATA}],
        "destinations": {"d1": destination},
        "connections": {"s1:d1": connection},
    }
    assert decodable(await plane.post("/v0/destinations/customerio_audience", body, **COMPACTED)) == beside != plain


async def test_rows_of_a_warehouse_come_with_what_was_asked_of_it(plane):
    event = {"type": "identify", "userId": "u", "anonymousId": "a", "messageId": "m", "receivedAt": "2026-01-01T00:00:00.000Z"}
    for query, count in (("", 2), ("?whSchemaVersion=v1&whIDResolve=true", 3)):
        replies = decodable(await plane.post(f"/v0/destinations/snowflake{query}", [item(event, destination={"Config": {}})]))
        assert len(replies) == count
        assert all(reply["output"]["userId"] == "" for reply in replies)


@pytest.mark.parametrize("version", ["v0", "v1", "v12"])
async def test_any_version_of_the_route_is_served(plane, version):
    assert len(decodable(await plane.post(f"/{version}/destinations/am", [item()]))) == 1


@pytest.mark.parametrize("path", ["/v0/destinations/nowhere", "/other/destinations/am", "/v0/destinations/a%20b"])
async def test_an_unknown_destination_is_not_found(plane, path):
    answer = await plane.post(path, [item()])
    assert answer.status == 404
    assert answer.json["error"].startswith("Unknown destination: ")


async def test_nothing_is_answered_with_nothing(plane):
    assert decodable(await plane.post("/v0/destinations/am", [])) == []


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        None,
        {},
        [],
        {"message": None},
        item(None),
        item(7),
        item([TRACK]),
        item("x"),
        item(destination=None),
        item(destination=7),
        item(destination=[AMPLITUDE]),
        item(destination={"ID": 7, "Config": [1]}),
        item(destination={"ID": {"a": 1}, "Config": None}),
        item(metadata=7, message=None),
        item(metadata=[METADATA], destination=None),
        item({"type": {"a": 1}}),
        item({"type": "track", "context": 7, "properties": "x", "integrations": [1]}),
        item(metadata={"workspaceId": 7, "destinationId": [1], "messageId": {"a": 1}}),
        item(connection=7, libraries=7, credentials=7),
    ],
)
async def test_one_event_that_is_wrong_costs_no_other(plane, wrong):
    replies = decodable(await plane.post("/v0/destinations/am", [item(), wrong, item()]))
    assert len(replies) == 3
    assert [reply["statusCode"] for reply in (replies[0], replies[2])] == [200, 200]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"track","event":"\\ud800","userId":"u"}',
        b'{"type":"track","a":' + b"[" * 600 + b"]" * 600 + b"}",
        b'{"type":"track","a":1e999}',
        b'{"type":"track","a":"\xff"}',
        b'{"type":"track","type":"identify","userId":"u"}',
    ],
)
async def test_json_that_is_hostile_costs_no_other_event(plane, raw):
    good = json.dumps(item()).encode()
    body = b'[%b,{"message":%b,"metadata":{},"destination":{"Config":{"apiKey":"k"}}},%b]' % (good, raw, good)
    answer = await plane.post("/v0/destinations/am", body)
    if answer.status != 200:
        assert answer.status == 400
        assert "error" in answer.json
        return
    replies = decodable(answer)
    assert [reply["statusCode"] for reply in (replies[0], replies[-1])] == [200, 200]


@pytest.mark.parametrize(
    "body",
    [b"", b"7", b"{}", b'"x"', b"[", b"[{]", b"nul", b"[" * 100_000, b"\xff\xfe", b'[{"message":}]', b"[NaN]", b"[]x"],
)
async def test_a_body_that_is_no_list_of_events_is_refused(plane, body):
    answer = await plane.post("/v0/destinations/am", body)
    assert (answer.status, answer.headers["apiversion"]) == (400, "2")
    assert answer.json["error"]


@pytest.mark.parametrize("body", [[], {"input": 7}, {"input": [], "destinations": []}, {"destinations": {}}, 7])
async def test_a_compacted_body_of_another_shape_is_refused(plane, body):
    answer = await plane.post("/v0/destinations/am", body, **COMPACTED)
    assert answer.status == 400


async def test_a_workspace_that_cannot_be_fails_its_event_alone(plane):
    answer = await plane.post("/v0/destinations/am", [item(metadata={"workspaceId": "no such id/"}), item()])
    assert [reply["statusCode"] for reply in answer.json] == [400, 200]
    assert answer.json[0]["error"].startswith("metadata.workspaceId: ")


async def test_one_event_too_large_costs_no_other(plane):
    large = item(TRACK | {"properties": {"a": "x" * 1_100_000}})
    replies = decodable(await plane.post("/v0/destinations/am", [item(), large, item()]))
    assert [reply["statusCode"] for reply in replies] == [200, 400, 200]


async def test_more_events_than_a_batch_may_have_are_several_batches(plane):
    replies = decodable(await plane.post("/v0/destinations/am", [item()] * 5200))
    assert len(replies) == 5200
    assert {reply["statusCode"] for reply in replies} == {200}


async def test_features_list_what_a_router_may_ask(plane):
    routed = (await plane.ask("GET", "/features")).json["routerTransform"]
    assert routed["AM"] is routed["BRAZE"] is True
    assert "POSTGRES" not in routed
