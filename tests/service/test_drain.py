"""A server that goes down under load: who runs is served, who comes is told to come again elsewhere, nobody is cut off."""

import asyncio

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from transformer.client import AsyncClient
from transformer.errors import Code, PlatformError
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.pb import transform_pb2_grpc
from transformer.wire.status import DETAILS_KEY

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

CODE = "import time\ndef transformEvent(event, metadata):\n    time.sleep(event.get('seconds', 0))\n    return event\n"


@pytest.fixture
def publish_code():
    async def publish(server):
        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "code")
            await client.create_version("default", "code", CODE)
            await client.activate_version("default", "code", 1)

    return publish


async def test_every_call_that_comes_too_late_is_told_to_try_again(open_server, publish_code, until):
    """gRPC alone would answer CANCELLED to those that it had received and not handed over."""
    callers, served, refused = 16, 0, []
    async with open_server(event_seconds=600, turn_seconds=600) as server:
        await publish_code(server)
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = transform_pb2_grpc.TransformServiceStub(channel)
            request = pb.TransformRequest(workspace="workspaces/default", transformations=["transformations/code"])
            request.events.add(payload=b"{}")

            async def call_until_refused():
                nonlocal served
                while True:
                    try:
                        answer = await stub.Transform(request, timeout=20)
                    except grpc.aio.AioRpcError as error:
                        refused.append(error)
                        return
                    served += len(answer.outcomes)

            long = pb.TransformRequest(workspace=request.workspace, transformations=request.transformations)
            long.events.add(payload=b'{"seconds":500}')
            running = asyncio.ensure_future(stub.Transform(long))
            await until(lambda: server._pool.stats()["busy"])
            calling = [asyncio.ensure_future(call_until_refused()) for _ in range(callers)]
            await until(lambda: served >= 5 * callers)
            stopping = asyncio.ensure_future(server.stop(60))
            while not server._gate.closed:  # noqa: ASYNC110 - nothing tells when, and ten milliseconds are too long
                await asyncio.sleep(0)
            calling += [asyncio.ensure_future(call_until_refused()) for _ in range(callers)]  # while the gate is closed
            await until(lambda: refused)  # what runs holds the door for the refusals
            running.cancel()
            assert await stopping
            await asyncio.gather(*calling)

    assert {error.code() for error in refused} == {grpc.StatusCode.UNAVAILABLE}
    details = [dict(error.trailing_metadata()).get(DETAILS_KEY) for error in refused]
    told = [status_pb2.Status.FromString(detail) for detail in details if detail]
    assert len(told) == server.refused > 0
    for status in told:
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        assert [detail.Unpack(message) for detail, message in zip(status.details, (info, retry), strict=True)] == [True, True]
        assert (info.reason, info.metadata["retryable"]) == ("DRAINING", "true")
        assert retry.retry_delay.ToMilliseconds() > 0


async def test_what_runs_is_finished_and_what_comes_meanwhile_is_refused_at_once(open_server, publish_code, until):
    async with open_server(event_seconds=5) as server:
        await publish_code(server)
        async with AsyncClient(server.address, attempts=1) as client:
            events = [{"seconds": 0.1}] * 10
            running = asyncio.ensure_future(client.transform(workspace="default", transformations=["code"], events=events))
            await until(lambda: server._pool.stats()["busy"])
            stopping = asyncio.ensure_future(server.stop(20))
            await until(lambda: server._gate.closed)
            for method in (client.list_workspaces, client.health):
                with pytest.raises(PlatformError) as told:
                    await method()
                assert told.value.code in {Code.DRAINING, Code.UNREACHABLE}
                assert not running.done()
            assert len((await running).outputs) == 10
            assert await stopping


async def test_what_does_not_finish_in_its_time_is_not_called_finished(open_server, publish_code, until):
    async with open_server(event_seconds=30) as server:
        await publish_code(server)
        async with AsyncClient(server.address, attempts=1) as client:
            running = asyncio.ensure_future(
                client.transform(workspace="default", transformations=["code"], events=[{"seconds": 20}])
            )
            await until(lambda: server._pool.stats()["busy"])
            assert not await server.stop(0.2)
            with pytest.raises(PlatformError) as told:
                await running
            assert told.value.code.retryable


async def test_it_serves_on_for_a_while_after_health_says_no(open_server, publish_code):
    async with open_server() as server:
        await publish_code(server)
        async with grpc.aio.insecure_channel(server.address) as channel:
            said = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await said.read()).status == health_pb2.HealthCheckResponse.SERVING
            stopping = asyncio.ensure_future(server.stop(10, delay_seconds=0.5))
            assert (await said.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            async with AsyncClient(server.address, attempts=1) as client:
                result = await client.transform(workspace="default", transformations=["code"], events=[{}])
            assert len(result.outputs) == 1
            assert not stopping.done()
            assert await stopping


async def test_a_peer_that_watches_health_does_not_hold_it_up(open_server):
    async with open_server() as server, grpc.aio.insecure_channel(server.address) as channel:
        said = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        await said.read()
        async with asyncio.timeout(10):
            assert await server.stop(600)


async def test_a_new_stream_is_refused_like_a_new_call(open_server, publish_code, until):
    async with open_server(event_seconds=5) as server:
        await publish_code(server)
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = transform_pb2_grpc.TransformServiceStub(channel)
            await stub.Transform(pb.TransformRequest(workspace="workspaces/default", transformations=["transformations/code"]))
            closing = asyncio.ensure_future(server._gate.close())
            await until(lambda: server._gate.closed)
            late = stub.TransformStream()
            await until(lambda: server._gate._waiting)
            await closing
            server._gate.refuse()
            with pytest.raises(grpc.aio.AioRpcError) as told:
                await late.read()
            assert told.value.code() is grpc.StatusCode.UNAVAILABLE
            assert await server.stop(5)
