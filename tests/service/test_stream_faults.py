"""A stream whose client stalls or goes, and whose workers are lost: bounded, in order, and an outcome for every event."""

import asyncio
import itertools

import grpc
import psutil
import pytest
import pytest_asyncio

from transformer.client import AsyncClient, Status, TransformBatch, TransformResult
from transformer.errors import Code, PlatformError
from transformer.service.transform import WINDOW
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.pb import transform_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

CODE = """
import time

def transformEvent(event, metadata):
    if event.get("loop"):
        while True:
            pass
    time.sleep(event.get("seconds", 0))
    return event
"""
_MIB = 2**20
# What the client's HTTP/2 takes in for a caller that does not read; without probing it stays what the protocol starts with.
NARROW = [("grpc.http2.bdp_probe", 0), ("grpc.max_receive_message_length", -1)]


@pytest_asyncio.fixture(loop_scope="session")
async def own(open_server):
    """A server of the test's own with the code above; `own.lines` is its log, `own.workers()` are its processes."""
    lines, before = [], {child.pid for child in psutil.Process().children()}
    async with open_server(lines, event_seconds=1, max_connection_age_seconds=0) as server:
        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "code")
            await client.create_version("default", "code", CODE)
            await client.activate_version("default", "code", 1)
        server.lines = lines
        server.zygotes = lambda: [child for child in psutil.Process().children() if child.pid not in before]
        server.workers = lambda: [worker for zygote in server.zygotes() for worker in _forked(zygote)]
        yield server


def _forked(zygote):
    """The leaves below a zygote: with a pid namespace of its own there is a process between it and its workers."""
    try:
        below = zygote.children(recursive=True)
        parents = {child.ppid() for child in below}
        return [child for child in below if child.pid not in parents]
    except psutil.NoSuchProcess:
        return []


def ran(server):
    return sum(line["event"] == "request" and line["method"] == "TransformStream" for line in server.lines)


def batch(number, *events, **more):
    return TransformBatch(
        workspace="default", transformations=["code"], events=[{"batch": number, **event} for event in events or [{}]], **more
    )


def request(number, size=0):
    inner = pb.TransformRequest(workspace="workspaces/default", transformations=["transformations/code"])
    inner.events.add(payload=b'{"text":"%s"}' % (b"x" * size), message_id=str(number))
    return pb.TransformStreamRequest(request=inner)


async def settled(number):
    """Wait until what `number` gives has stayed the same for a while."""
    last, since = number(), 0
    while since < 20:
        await asyncio.sleep(0.025)
        last, since = (last, since + 1) if number() == last else (number(), 0)
    return last


async def test_a_client_that_does_not_read_stops_being_served_and_then_gets_everything(own, until):
    count, size = 500, 64 * 1024
    written = 0
    async with grpc.aio.insecure_channel(own.address, options=NARROW) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()

        async def write():
            nonlocal written
            for number in range(count):
                await call.write(request(number, size))
                written += 1
            await call.done_writing()

        before = psutil.Process().memory_info().rss
        writer = asyncio.ensure_future(write())
        await until(lambda: ran(own) >= WINDOW)
        stalled = await settled(lambda: ran(own))
        grown = psutil.Process().memory_info().rss - before

        assert stalled <= WINDOW + 8  # the window, and what HTTP/2 lets stand on its way to the client
        assert written <= count // 2  # and what it lets stand on its way to the server
        assert grown < 24 * _MIB
        async with AsyncClient(own.address, attempts=1) as other:  # and nobody else is held up
            assert (await other.transform(workspace="default", transformations=["code"], events=[{}])).outcomes

        answers = [answer.response.outcomes[0].message_id async for answer in call]
        await writer
    assert answers == [str(number) for number in range(count)]


async def test_many_small_batches_come_back_in_order(own):
    async with AsyncClient(own.address, attempts=1) as client:
        numbers = [result.outputs[0].json()["batch"] async for result in client.stream(batch(n) for n in range(2000))]
    assert numbers == list(range(2000))


@pytest.mark.slow
async def test_a_worker_killed_in_the_middle_costs_one_event_at_most_and_the_stream_goes_on(own):
    results = []
    killed = 0
    async with AsyncClient(own.address, attempts=1) as client:
        async for result in client.stream(batch(n, *[{"seconds": 0.02}] * 5) for n in range(30)):
            results.append(result)
            if len(results) in {5, 15}:
                victims = own.workers()
                assert victims
                for victim in victims:
                    victim.kill()
                killed += len(victims)

    assert [len(result.outcomes) for result in results] == [5] * 30
    failures = [outcome.failure for result in results for outcome in result.outcomes if outcome.status is not Status.EMITTED]
    assert len(failures) <= killed
    assert {(failure.code, failure.retryable) for failure in failures} <= {(Code.WORKER_LOST, True)}
    for number, result in enumerate(results):
        assert {output.json()["batch"] for output in result.outputs} <= {number}
        assert len(result.outputs) == sum(outcome.status is Status.EMITTED for outcome in result.outcomes)


async def test_a_zygote_killed_in_the_middle_costs_no_event(own):
    results = []
    async with AsyncClient(own.address, attempts=1) as client:
        async for result in client.stream(batch(n, *[{"seconds": 0.02}] * 5) for n in range(20)):
            results.append(result)
            if len(results) == 5:
                for zygote in own.zygotes():
                    zygote.kill()
    assert [result for result in results if not isinstance(result, TransformResult)] == []
    assert [outcome.failure for result in results for outcome in result.outcomes] == [None] * 100
    assert [output.json()["batch"] for result in results for output in result.outputs] == [
        n for n in range(20) for _ in range(5)
    ]


async def test_a_poison_batch_is_its_own_outcome_only(own):
    async with AsyncClient(own.address, attempts=1) as client:
        sent = [batch(n, {}, {"loop": n == 2}, {}) for n in range(6)]
        results = [result async for result in client.stream(sent)]
    for number, result in enumerate(results):
        codes = [outcome.failure and outcome.failure.code for outcome in result.outcomes]
        assert codes == [None, Code.TIME_LIMIT if number == 2 else None, None]


async def test_a_cancelled_stream_frees_its_workers_and_starts_nothing_more(own, until):
    async with AsyncClient(own.address, attempts=1) as client:
        answers = client.stream(batch(n, {"seconds": 0.3 if n else 0}) for n in range(100))
        await anext(answers)
        await answers.aclose()
        stats = own._pool.stats
        await until(lambda: stats()["busy"] == 0 and stats()["waiting"] == 0)
        assert ran(own) <= 1 + 2 * WINDOW  # finished, or read and cancelled: of a hundred that were there to be read
        assert (await client.transform(workspace="default", transformations=["code"], events=[{}])).outcomes


async def test_one_stream_more_than_may_be_open_is_refused_as_retryable(open_server):
    async with open_server(streams=1) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_transformation("default", "code")
        await client.create_version("default", "code", CODE)
        await client.activate_version("default", "code", 1)
        first = client.stream(batch(n) for n in itertools.count())
        await anext(first)
        with pytest.raises(PlatformError) as told:
            [result async for result in client.stream([batch(0)])]
        assert (told.value.code, told.value.retry_after_seconds) == (Code.NO_CAPACITY, 1.0)
        await first.aclose()
        async with AsyncClient(server.address) as patient:  # and goes on when there is room
            assert len([result async for result in patient.stream([batch(0)])]) == 1


async def test_a_half_closed_stream_gets_the_answers_that_it_waits_for(own):
    async with grpc.aio.insecure_channel(own.address) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()
        for number in range(3):
            await call.write(request(number))
        await call.done_writing()
        assert [answer.response.outcomes[0].message_id async for answer in call] == ["0", "1", "2"]
        assert await call.code() is grpc.StatusCode.OK


async def test_a_stream_ends_at_its_deadline_and_leaves_no_work_behind(own, until):
    answered = []

    async def read(client, timeout):  # noqa: ASYNC109 - the stream's deadline
        endless = (batch(n, *[{"seconds": 0.1}] * 4) for n in itertools.count())
        async for result in client.stream(endless, timeout=timeout):
            answered.append(result)  # noqa: PERF401 - what came before the error is wanted, too

    async with AsyncClient(own.address, attempts=1) as client:
        for timeout in (1.5, 4.0, 10.0):  # a machine that stands still may leave no time for an answer
            with pytest.raises(PlatformError, match=r"did not answer before the deadline|broke off"):
                await read(client, timeout)
            if answered:
                break
    assert isinstance(answered[0], TransformResult)
    for number, result in enumerate(answered):  # whole answers, in order; what the deadline cut off is retryable
        if isinstance(result, PlatformError):
            assert result.code.retryable
            continue
        assert {output.json()["batch"] for output in result.outputs} <= {number}
        assert len(result.retryable()) == 4 - len(result.outputs)
    await until(lambda: own._pool.stats()["busy"] == 0 and own._pool.stats()["waiting"] == 0)


@pytest.mark.slow
async def test_an_old_stream_is_ended_in_good_order_and_goes_on_over_a_new_one(open_server):
    lines = []
    async with open_server(lines, max_connection_age_seconds=0.4, max_connection_age_grace_seconds=10) as server:
        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "code")
            await client.create_version("default", "code", CODE)
            await client.activate_version("default", "code", 1)

            async def give():
                number = 0
                while sum(line["event"] == "stream" for line in lines) < 3:
                    yield batch(number)
                    number += 1
                    await asyncio.sleep(0.01)

            results = [result async for result in client.stream(give())]
            assert all(isinstance(result, TransformResult) for result in results)
            assert [result.outputs[0].json()["batch"] for result in results] == list(range(len(results)))
        ended = [line["status"] for line in lines if line["event"] == "stream"]
        assert ended[:3] == ["DRAINING"] * 3
        assert all(line["level"] == "info" for line in lines)


async def test_an_old_connection_is_replaced_without_losing_a_call(open_server):
    async with (
        open_server(max_connection_age_seconds=0.2, max_connection_age_grace_seconds=10) as server,
        AsyncClient(server.address, attempts=1) as client,
        asyncio.timeout(20),
    ):
        port = int(server.address.rpartition(":")[2])
        connections = set()
        while len(connections) < 3:
            assert await client.health() == "SERVING"
            ours = psutil.Process().net_connections("tcp")
            connections |= {end.laddr.port for end in ours if end.raddr and end.raddr.port == port}
            await asyncio.sleep(0.005)


async def test_large_batches_fill_the_window_before_it_has_as_many_as_it_may(open_server, until):
    """Two answers that nobody takes are as much as a stream may hold here: the third waits outside."""
    lines = []
    async with open_server(lines, batch_bytes=200_000) as server:
        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "code")
            await client.create_version("default", "code", CODE)
            await client.activate_version("default", "code", 1)
        async with grpc.aio.insecure_channel(server.address, options=NARROW) as channel:
            call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()

            async def write():
                for number in range(20):
                    await call.write(request(number, 150_000))
                await call.done_writing()

            writer = asyncio.ensure_future(write())
            server.lines = lines
            await until(lambda: ran(server) >= 2)
            assert await settled(lambda: ran(server)) < WINDOW
            assert [answer.response.outcomes[0].message_id async for answer in call] == [str(number) for number in range(20)]
            await writer


async def test_a_client_that_does_not_read_holds_a_shutdown_up_for_the_time_it_has(own, until):
    async with grpc.aio.insecure_channel(own.address, options=NARROW) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()
        for number in range(WINDOW):
            await call.write(request(number, 64 * 1024))
        await until(lambda: ran(own) >= WINDOW)
        async with asyncio.timeout(20):
            assert not await own.stop(0.5)  # answers that were ready could not be given
        with pytest.raises(grpc.aio.AioRpcError):
            async for _ in call:
                pass
