"""One batch in, an outcome for every event out: through gRPC, planning, the pool, a worker and the engine, and back."""

import json

import pytest

from transformer.client import Event, EventMetadata, Status
from transformer.errors import Code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

GOOD = b'{"type":"track"}'


def codes(result):
    return [outcome.failure.code if outcome.failure else outcome.status for outcome in result.outcomes]


async def test_outcomes_belong_to_their_events_and_echo_their_ids(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    return event if event['keep'] else None\n")

    events = [Event(json.dumps({"keep": i % 3 != 0, "n": i}).encode(), f"id-{i}") for i in range(100)]
    result = await client.transform(workspace="default", transformations=[name], events=events)

    assert [outcome.message_id for outcome in result.outcomes] == [f"id-{i}" for i in range(100)]
    assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED if i % 3 else Status.DROPPED for i in range(100)]
    assert [(output.json()["n"], output.inputs) for output in result.outputs] == [(i, (i,)) for i in range(100) if i % 3]
    assert result.versions == (f"workspaces/default/transformations/{name}/versions/1",)


async def test_no_events_get_an_empty_answer(client, publish):
    name = await publish()
    result = await client.transform(workspace="default", transformations=[name], events=[])
    assert (result.outcomes, result.outputs) == ((), ())
    assert result.versions == (f"workspaces/default/transformations/{name}/versions/1",)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", Code.EVENT_NOT_JSON),
        (b"{", Code.EVENT_NOT_JSON),
        (b'{"a":NaN}', Code.EVENT_NOT_JSON),
        (b"[{}]", Code.EVENT_NOT_OBJECT),
        (b"null", Code.EVENT_NOT_OBJECT),
        (b'{"a":"\xff"}', Code.EVENT_NOT_UTF8),
        (b'{"a":"\\ud800"}', Code.EVENT_NOT_UTF8),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", Code.EVENT_TOO_DEEP),
        (b'{"a":"' + b"x" * 60_000 + b'"}', Code.EVENT_TOO_LARGE),
    ],
    ids=["nothing", "cut", "nan", "array", "null", "utf8", "surrogate", "deep", "large"],
)
async def test_a_bad_event_fails_alone(client, publish, payload, code):
    name = await publish()
    result = await client.transform(workspace="default", transformations=[name], events=[GOOD, payload, GOOD])
    assert codes(result) == [Status.EMITTED, code, Status.EMITTED]
    assert result.outcomes[1].failure.message
    assert [output.inputs for output in result.outputs] == [(0,), (2,)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return {'a': float('nan')}", Code.OUTPUT_NOT_JSON),
        ("event['self'] = event\n    return event", Code.OUTPUT_NOT_JSON),
        ("return {'a': {1, 2}}", Code.OUTPUT_NOT_JSON),
        ("return {'a': '\\ud800'}", Code.OUTPUT_NOT_JSON),
        ("return {'a': 2 ** 70}", Code.OUTPUT_NOT_JSON),
        ("return 7", Code.BAD_RETURN),
        ("return [event, 'x']", Code.BAD_RETURN),
        ("return {'a': 'x' * 3_000_000}", Code.OUTPUT_LIMIT),
        ("return 1 / 0", Code.EXCEPTION),
        ("raise Invalid('no type')", Code.INVALID),
        ("raise Retry(3, 'later')", Code.RETRY),
        ("while True: pass", Code.TIME_LIMIT),
        ("return {'a': [0] * 10 ** 9}", Code.MEMORY_LIMIT),
    ],
    ids=[
        "nan",
        "cycle",
        "set",
        "surrogate",
        "huge int",
        "int",
        "mixed list",
        "large",
        "raises",
        "invalid",
        "retry",
        "loop",
        "memory",
    ],
)
async def test_what_code_does_wrong_is_its_own_events_outcome(client, publish, body, code):
    name = await publish(f"def transformEvent(event, metadata):\n  if event.get('bad'):\n    {body}\n  return event\n")

    result = await client.transform(workspace="default", transformations=[name], events=[GOOD, {"bad": True}, GOOD], timeout=20)

    assert codes(result) == [Status.EMITTED, code, Status.EMITTED]
    failure = result.outcomes[1].failure
    assert failure.version in {"", f"workspaces/default/transformations/{name}/versions/1"}
    assert failure.retryable == (code is Code.RETRY)
    assert failure.retry_after_seconds == (3.0 if code is Code.RETRY else None)
    # Then the next request is served as if nothing had been.
    again = await client.transform(workspace="default", transformations=[name], events=[GOOD])
    assert codes(again) == [Status.EMITTED]


async def test_a_failure_names_the_users_line(client, publish):
    name = await publish("def half(x):\n    return x / 0\n\ndef transformEvent(event, metadata):\n    return half(1)\n")
    result = await client.transform(workspace="default", transformations=[name], events=[GOOD])
    place = result.outcomes[0].failure.place
    assert (place.line, place.function) == (2, "half")
    assert result.outcomes[0].failure.message == "ZeroDivisionError: division by zero"


async def test_a_drop_carries_its_reason(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    raise Drop('test traffic')\n")
    result = await client.transform(workspace="default", transformations=[name], events=[GOOD])
    assert (result.outcomes[0].status, result.outcomes[0].drop_reason) == (Status.DROPPED, "test traffic")


async def test_integers_beyond_2_to_the_53_pass_exactly(client, publish):
    name = await publish()
    result = await client.transform(workspace="default", transformations=[name], events=[b'{"n":9007199254740993}'])
    assert result.outputs[0].payload == b'{"n":9007199254740993}'


async def test_missing_and_equal_ids_do_no_harm(client, publish):
    name = await publish()
    events = [Event(b'{"n":0}'), Event(b'{"n":1}', "same"), Event(b'{"n":2}', "same")]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert [outcome.message_id for outcome in result.outcomes] == ["", "same", "same"]
    assert [output.json()["n"] for output in result.outputs] == [0, 1, 2]


async def test_one_event_may_become_several_and_several_one(client, publish):
    split = await publish("def transformEvent(event, metadata):\n    return [{'part': i} for i in range(3)]\n")
    result = await client.transform(workspace="default", transformations=[split], events=[GOOD, GOOD])
    assert [output.inputs for output in result.outputs] == [(0,), (0,), (0,), (1,), (1,), (1,)]
    assert [output.json()["part"] for output in result.outputs_of(1)] == [0, 1, 2]


async def test_transformations_run_in_the_order_of_the_request(client, publish):
    first = await publish("def transformEvent(event, metadata):\n    event['path'] = 'a'\n    return event\n")
    then = await publish("def transformEvent(event, metadata):\n    event['path'] += 'b'\n    return event\n")
    result = await client.transform(workspace="default", transformations=[first, then, then], events=[GOOD])
    assert result.outputs[0].json()["path"] == "abb"
    assert [version.split("/")[3] for version in result.versions] == [first, then]


async def test_a_later_step_is_the_one_to_blame(client, publish):
    first = await publish()
    then = await publish("def transformEvent(event, metadata):\n    return event['missing']\n")
    result = await client.transform(workspace="default", transformations=[first, then], events=[GOOD])
    assert result.outcomes[0].failure.version == f"workspaces/default/transformations/{then}/versions/1"


async def test_metadata_is_the_events_own_over_the_batches_defaults(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    return metadata(event)\n")
    defaults = EventMetadata(source_id="web", destination_id="ga4", attributes={"region": "eu"})
    events = [
        Event(GOOD, "m-0"),
        Event(GOOD, "m-1", EventMetadata(source_id="app", ordering_key="u1", attributes={"tier": 1})),
        Event(GOOD),
    ]
    result = await client.transform(workspace="default", transformations=[name], events=events, defaults=defaults)
    assert [output.json() for output in result.outputs] == [
        {"sourceId": "web", "destinationId": "ga4", "messageId": "m-0", "region": "eu"},
        {"sourceId": "app", "destinationId": "ga4", "orderingKey": "u1", "messageId": "m-1", "tier": 1},
        {"sourceId": "web", "destinationId": "ga4", "region": "eu"},
    ]


async def test_bad_attributes_fail_the_event_that_asks_for_them(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    return metadata(event)\n")
    events = [Event(GOOD, "a"), Event(GOOD, "b", EventMetadata(attributes=b"[1]"))]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert codes(result) == [Status.EMITTED, Code.METADATA_INVALID]


async def test_logs_come_back_only_where_they_are_asked_for(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    log('saw', event['type'])\n    return event\n")
    quiet = await client.transform(workspace="default", transformations=[name], events=[GOOD])
    told = await client.transform(workspace="default", transformations=[name], events=[GOOD], include_logs=True)
    assert quiet.outcomes[0].logs == ()
    assert len(told.outcomes[0].logs) == 1
    assert "track" in told.outcomes[0].logs[0]
