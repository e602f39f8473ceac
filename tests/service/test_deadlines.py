"""The caller's deadline is the work's: what nobody waits for any more is not started, and what runs for nobody is ended."""

import asyncio
import contextlib

import grpc
import pytest
import pytest_asyncio

from transformer.client import AsyncClient, Status
from transformer.errors import Code, PlatformError
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.pb import transform_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

# One worker, and a list that lives as long as it: an event that was started shows in every later answer of the same code. What
# keeps the worker busy does so until the test hangs up on it; whatever came through all the same then starts before what asks.
CODE = """
import time

STARTED = []

def transformEvent(event, metadata):
    STARTED.append(event.get("name"))
    time.sleep(event.get("seconds", 0))
    return {"started": STARTED}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def one_worker(open_server):
    """A server that runs one batch at a time."""
    async with open_server(
        workspace_workers=1, concurrent_turns=1, event_seconds=600, turn_seconds=600, queue_seconds=60
    ) as server:
        yield server


async def publish_code(client):
    await client.create_transformation("default", "code")
    await client.create_version("default", "code", CODE)
    await client.activate_version("default", "code", 1)


def send(client, name, seconds=0.0, timeout=30.0, count=1):
    events = [{"name": name, "seconds": seconds}] * count
    return client.transform(workspace="default", transformations=["code"], events=events, timeout=timeout)


@contextlib.asynccontextmanager
async def busy(client, server, until):
    """The only worker has something to do, until the end of the block."""
    first = asyncio.ensure_future(send(client, "first", seconds=500.0))
    await until(lambda: server._pool.stats()["busy"] == 1)
    yield
    assert not first.done()
    first.cancel()
    await until(lambda: server._pool.stats()["busy"] == 0)


async def started(client):
    return (await send(client, "look")).outputs[0].json()["started"]


async def test_work_whose_caller_stopped_waiting_is_not_started(one_worker, until):
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        async with busy(client, one_worker, until):
            with pytest.raises(PlatformError) as told:
                await send(client, "late", timeout=0.2)
            assert told.value.code.retryable
            await until(lambda: one_worker._pool.stats()["waiting"] == 0)
        assert await started(client) == ["look"]


async def test_work_whose_caller_hung_up_is_not_started(one_worker, until):
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        async with busy(client, one_worker, until):
            gone = [asyncio.ensure_future(send(client, "gone")) for _ in range(5)]
            await until(lambda: one_worker._pool.stats()["waiting"] == 5)
            for each in gone:
                each.cancel()
            await until(lambda: one_worker._pool.stats()["waiting"] == 0)
        assert await started(client) == ["look"]


async def test_a_stream_that_hangs_up_takes_what_it_had_waiting_with_it(one_worker, until):
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        async with busy(client, one_worker, until), grpc.aio.insecure_channel(one_worker.address) as channel:
            call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()
            for _ in range(4):
                request = pb.TransformRequest(workspace="workspaces/default", transformations=["transformations/code"])
                request.events.add(payload=b'{"name":"gone"}')
                await call.write(pb.TransformStreamRequest(request=request))
            await until(lambda: one_worker._pool.stats()["waiting"] == 4)
            call.cancel()
            await until(lambda: one_worker._pool.stats()["waiting"] == 0)
        assert await started(client) == ["look"]


async def test_work_that_runs_for_nobody_is_ended(one_worker, until):
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        async with busy(client, one_worker, until):
            pass
        assert (await send(client, "next")).outcomes[0].status is Status.EMITTED


async def test_a_deadline_in_the_middle_of_a_batch_is_answered_before_it_strikes(one_worker, in_time):
    """The caller gets what is done, and for the rest a reason to send it again: not the bare end of its patience."""
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        result = await in_time(lambda timeout: send(client, "slow", seconds=0.2, timeout=timeout, count=50))
        assert len(result.outcomes) == 50
        failed = [outcome.failure for outcome in result.outcomes if outcome.status is not Status.EMITTED]
        assert failed
        assert {(failure.code, failure.retryable) for failure in failed} == {(Code.BATCH_TIME, True)}


async def test_a_deadline_that_is_over_already_starts_nothing(one_worker, until):
    """The only worker is busy, so nothing sent meanwhile can be answered within a deadline of nothing."""
    async with AsyncClient(one_worker.address, attempts=1) as client:
        await publish_code(client)
        async with busy(client, one_worker, until):
            for _ in range(3):
                with pytest.raises(PlatformError):
                    await send(client, "over", timeout=0.0)
            await until(lambda: one_worker._pool.stats()["waiting"] == 0)
        assert await started(client) == ["look"]
