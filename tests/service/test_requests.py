"""A request that is wrong as a whole: one gRPC error that names the field, the limit or the missing name."""

import re

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from transformer.client import Event, EventMetadata
from transformer.errors import CallerError, Code
from transformer.wire.pb import transform_pb2, transform_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

GOOD = b'{"type":"track"}'


async def refused(client, **request):
    usual = {"workspace": "default", "transformations": ["any"], "events": [GOOD]}
    with pytest.raises(CallerError) as told:
        await client.transform(**(usual | request))
    return told.value


@pytest.mark.parametrize("workspace", ["", "workspaces/", "Default", "workspaces/a/b", "a b"])
async def test_a_workspace_must_be_well_formed(client, workspace):
    error = await refused(client, workspace=workspace)
    assert error.code is Code.BAD_REQUEST
    assert [violation.field for violation in error.violations] == ["workspace"]


@pytest.mark.parametrize(
    "reference",
    [
        "UPPER",
        "transformations/",
        "transformations/a/versions/0",
        "transformations/a/versions/x",
        "transformations/a/b/c",
        "x/y",
    ],
)
async def test_a_reference_must_be_well_formed_and_is_named_by_its_place(client, publish, reference):
    good = await publish()
    error = await refused(client, transformations=[good, reference])
    assert error.code is Code.BAD_REQUEST
    assert [violation.field for violation in error.violations] == ["transformations[1]"]


async def test_a_full_name_of_another_workspace_is_refused(client):
    error = await refused(client, transformations=["workspaces/other/transformations/a"])
    assert error.code is Code.BAD_REQUEST


@pytest.mark.parametrize("count", [0, 17])
async def test_there_are_one_to_sixteen_transformations(client, count):
    error = await refused(client, transformations=["a"] * count)
    assert (error.code, error.message) == (
        Code.BAD_REQUEST,
        f"transformations: name 1 to 16 transformations, not {count}",
    )


@pytest.mark.parametrize("events", [[], [GOOD]], ids=["no events", "one event"])
async def test_unknown_names_are_not_found_and_named(client, publish, events):
    name = await publish()
    for request, missing in (
        ({"workspace": "nowhere"}, "workspaces/nowhere"),
        ({"transformations": ["nothing"]}, "workspaces/default/transformations/nothing"),
        ({"transformations": [f"transformations/{name}/versions/9"]}, f"workspaces/default/transformations/{name}/versions/9"),
        ({"transformations": [f"transformations/{name}/aliases/qa"]}, f"workspaces/default/transformations/{name}/aliases/qa"),
    ):
        error = await refused(client, events=events, **request)
        assert (error.code, error.resource) == (Code.NOT_FOUND, missing)
        assert missing in error.message


async def test_a_transformation_without_live_version_is_not_found(client, new_id):
    name = new_id()
    await client.create_transformation("default", name)
    error = await refused(client, transformations=[name])
    assert (error.code, error.resource) == (Code.NOT_FOUND, f"workspaces/default/transformations/{name}/aliases/live")


async def test_too_many_events_are_refused_with_the_limit_and_what_was_sent(client):
    error = await refused(client, events=[GOOD] * 601)
    assert (error.code, error.message) == (
        Code.BATCH_TOO_LARGE,
        "the batch has 601 events; the limit is 600 events (batch_events); send smaller batches",
    )


async def test_too_many_bytes_are_refused_with_the_limit_and_what_was_sent(client):
    error = await refused(client, events=[b" " * 50_000] * 5)
    assert (error.code, error.message) == (
        Code.BATCH_TOO_LARGE,
        "the batch has 250000 payload bytes; the limit is 200000 bytes (batch_bytes); send smaller batches",
    )


async def test_what_is_larger_than_a_message_may_be_is_refused_before_it_is_parsed(client):
    error = await refused(client, events=[b" " * 60_000_000])
    assert error.code is Code.BATCH_TOO_LARGE
    assert re.fullmatch(
        r"the request has 60000\d\d\d bytes; the server reads at most \d+, which follows from its settings batch_bytes and"
        r" binary_bytes: send less at a time",
        error.message,
    )


async def test_a_time_that_nobody_can_write_is_refused_by_its_field(server, publish):
    name = await publish("def transformEvent(event, metadata):\n    return metadata(event)\n")
    request = transform_pb2.TransformRequest(workspace="workspaces/default", transformations=[f"transformations/{name}"])
    request.events.add(payload=GOOD).metadata.received_time.seconds = 10**15
    async with grpc.aio.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await transform_pb2_grpc.TransformServiceStub(channel).Transform(request)
    assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert told.value.details().startswith("events[0].metadata.received_time: ")


async def test_rich_details_decode_with_the_standard_messages(server):
    request = transform_pb2.TransformRequest(workspace="workspaces/default", transformations=["transformations/nothing"])
    async with grpc.aio.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await transform_pb2_grpc.TransformServiceStub(channel).Transform(request)

    trailers = dict(told.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    assert told.value.code() is grpc.StatusCode.NOT_FOUND
    assert (status.code, status.message) == (grpc.StatusCode.NOT_FOUND.value[0], told.value.details())
    info, resource = error_details_pb2.ErrorInfo(), error_details_pb2.ResourceInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(resource)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        "NOT_FOUND",
        "transformer",
        {"code": "402", "retryable": "false"},
    )
    assert (resource.resource_type, resource.resource_name) == (
        "transformation",
        "workspaces/default/transformations/nothing",
    )


async def test_times_reach_user_code_as_rfc_3339(client, publish):
    from datetime import UTC, datetime

    name = await publish("def transformEvent(event, metadata):\n    return metadata(event)\n")
    metadata = EventMetadata(received_time=datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC))
    result = await client.transform(workspace="default", transformations=[name], events=[Event(GOOD, "", metadata)])
    assert result.outputs[0].json() == {"receivedAt": "2026-01-02T03:04:05.600Z"}
