"""The doors for existing data planes, in locked workers: what comes out is what the same mapping says outside of one."""

import asyncio
import json
from dataclasses import replace

import orjson
import pytest

from transformer.destinations.step import Asked, asks_connection, door_step
from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool
from transformer.settings import Settings

METADATA = {"jobId": 1, "userId": "u1", "destinationId": "d1", "workspaceId": "w", "sourceId": "s1"}
KAFKA = {"ID": "d1", "Config": {"topic": "orders"}}
AMPLITUDE = {"ID": "d2", "Config": {"apiKey": "k"}}
TRACK = {"type": "track", "userId": "u1", "messageId": "m1", "event": "Order Placed", "properties": {"total": 9.5}}


@pytest.fixture(scope="module")
def run():
    """Runs payloads, with metadata beside them, through a step in one pool, in a loop of its own."""
    with asyncio.Runner() as runner:
        pool = runner.get_loop().run_until_complete(_started())

        def one(step, events, metadata=None, limits=Limits()):  # noqa: B008 - it is frozen
            attributes = None if metadata is None else [orjson.dumps(each) for each in metadata]
            return runner.run(
                pool.run(Plan("w", (step,), limits), Batch(list(map(orjson.dumps, events)), attributes=attributes))
            )

        yield one
        runner.run(pool.close())


async def _started():
    pool = Pool(Settings())
    await pool.start()
    return pool


def processor(kind, destination, **more):
    return door_step(kind, f"destinations/{kind}", Asked("processor", orjson.dumps(destination), **more))


def router(kind, destination):
    return door_step(kind, f"destinations/{kind}", Asked("router", orjson.dumps(destination)))


def jobs(*messages, **own):
    return [{"message": message, "metadata": METADATA | {"jobId": at}} | own for at, message in enumerate(messages)]


def replies(ledger):
    assert ledger.failures == {}
    return [json.loads(payload) for payload in ledger.payloads]


def test_a_reply_of_the_processor_repeats_no_metadata(run):
    ledger = run(processor("am", AMPLITUDE), [TRACK, {**TRACK, "type": "dance"}], [METADATA, METADATA])
    made, failed = replies(ledger)
    assert set(made) == {"output", "statusCode"}
    assert (made["statusCode"], made["output"]["userId"]) == (200, "")
    assert set(failed) == {"error", "statusCode", "statTags"}
    assert failed["statTags"]["feature"] == "processor"
    assert [int(status) for status in ledger.status] == [Status.EMITTED] * 2


def test_metadata_that_the_mapper_changes_is_in_the_reply(run):
    event = TRACK | {"integrations": {"kafka": {"topic": "own"}}}
    (reply,) = replies(run(processor("kafka", KAFKA), [event], [METADATA | {"rudderId": "r"}]))
    assert reply["metadata"] == METADATA | {"rudderId": "r<<>>own"}


def test_rows_of_a_warehouse_are_replies_each(run):
    event = TRACK | {"receivedAt": "2026-01-01T00:00:00.000Z"}
    made = replies(run(processor("postgres", {"Config": {}}), [event], [METADATA]))
    assert [(reply["statusCode"], reply["output"]["metadata"]["table"]) for reply in made] == [
        (200, "tracks"),
        (200, "order_placed"),
    ]
    assert [reply["output"]["userId"] for reply in made] == ["", ""]


def test_a_warehouse_is_told_what_the_data_plane_asks_for(run):
    step = processor("snowflake", {"Config": {}}, query=(("whIDResolve", "true"),))
    event = {"type": "identify", "userId": "u", "anonymousId": "a", "messageId": "m", "receivedAt": "2026-01-01T00:00:00.000Z"}
    tables = [reply["output"]["metadata"]["table"] for reply in replies(run(step, [event], [METADATA]))]
    assert "RUDDER_IDENTITY_MERGE_RULES" in tables


def test_features_reach_the_mapper(run):
    destination = {"Config": {"token": "t", "apiSecret": "s", "identityMergeApi": "simplified", "dataResidency": "us"}}
    told = [TRACK | {"originalTimestamp": "2026-11-21T00:00:00.000Z", "timestamp": "2026-11-21T00:00:00.000Z"}]
    step = door_step("mp", "m", Asked("router", orjson.dumps(destination), features=frozenset({"gzip-support"})))
    plain = router("mp", destination)
    bodies = [replies(run(one, jobs(*told)))[0]["batchedRequest"]["body"] for one in (step, plain)]
    assert ["GZIP" in body and bool(body["GZIP"]) for body in bodies] == [True, False]


def test_jobs_of_a_router_are_in_one_output_each(run):
    ledger = run(router("klaviyo", {"Config": {"privateApiKey": "k", "publicApiKey": "p"}}), jobs(*[TRACK] * 5))
    assert sorted(at for inputs in ledger.inputs for at in inputs) == [0, 1, 2, 3, 4]
    assert all("metadata" not in reply and "destination" not in reply for reply in replies(ledger))


def test_an_output_of_several_jobs_names_them_all(run):
    ledger = run(router("am", AMPLITUDE), jobs(*[TRACK] * 5))
    assert (ledger.inputs, len(ledger.payloads)) == ([(0, 1, 2, 3, 4)], 1)
    assert replies(ledger)[0]["batched"] is True


def test_a_job_with_a_destination_of_its_own_is_mapped_for_that(run):
    step = router("kafka", KAFKA)
    changed = KAFKA | {"Config": {"topic": "later"}}
    for _ in range(2):  # the step is as it was afterwards
        ledger = run(step, [*jobs(TRACK), *jobs(TRACK, destination=changed), *jobs(TRACK)])
        assert [reply["batchedRequest"]["topic"] for reply in replies(ledger)] == ["orders", "later", "orders"]


def test_one_job_that_cannot_be_read_fails_alone(run):
    large = TRACK | {"properties": {"long": "x" * 2000}}
    ledger = run(router("kafka", KAFKA), jobs(TRACK, large, TRACK), limits=Limits(event_bytes=1000))
    assert (list(ledger.failures), ledger.failures[1].code) == ([1], Code.EVENT_TOO_LARGE)
    assert ledger.inputs == [(0,), (2,)]


def test_outputs_of_several_jobs_may_be_as_large_as_each(run):
    limits = Limits(output_bytes=1200)
    step = router("am", AMPLITUDE)
    assert replies(run(step, jobs(*[TRACK] * 20), limits=limits))
    ledger = run(step, jobs(*[TRACK | {"properties": {"long": "x" * 2000}}] * 3), limits=limits)
    assert {failure.code for failure in ledger.failures.values()} == {Code.OUTPUT_LIMIT}


@pytest.mark.parametrize(
    ("destination", "status"),
    [({}, 200), ({"Config": None}, 200), ({"Config": [1]}, 200), ({"Config": {"topic": {"a": 1}}}, 400), ({"ID": 7}, 200)],
)
@pytest.mark.parametrize("open_step", [processor, router])
def test_settings_of_any_shape_are_answered(run, destination, status, open_step):
    (reply,) = replies(run(open_step("kafka", destination), jobs(TRACK) if open_step is router else [TRACK]))
    assert reply["statusCode"] == status


def test_a_job_that_does_not_end_fails_alone(run):
    step = router("klaviyo", {"Config": {"privateApiKey": "k", "publicApiKey": "p"}})
    told = orjson.loads(step.source)
    for name in ("demand(event, call)", "demand_of_event(event, call)"):
        loop = '    while event.get("event") == "loop":\n        pass\n'
        told["code"] = told["code"].replace(f"def {name}:\n", f"def {name}:\n{loop}")
    step = replace(step, hash="loops", source=orjson.dumps(told).decode())
    ledger = run(step, jobs(TRACK, TRACK | {"event": "loop"}, TRACK), limits=Limits(event_seconds=0.3))
    assert {at: failure.code for at, failure in ledger.failures.items()} == {1: Code.TIME_LIMIT}
    assert sorted(at for inputs in ledger.inputs for at in inputs) == [0, 2]


@pytest.mark.parametrize("item", [{}, {"message": None}, {"message": []}, {"message": 7, "metadata": 7, "connection": 7}])
def test_jobs_of_any_shape_are_answered(run, item):
    (failure,) = run(router("kafka", KAFKA), [item]).failures.values()
    assert failure.code is Code.MAPPER_FAULT


def test_a_router_is_for_destinations_only():
    with pytest.raises(KeyError):
        router("postgres", {})
    assert (asks_connection("kafka"), asks_connection("tiktok_audience"), asks_connection("postgres")) == (False, True, False)


def test_a_step_shows_no_settings():
    assert "s3cret" not in repr(processor("kafka", {"Config": {"topic": "s3cret"}}))
