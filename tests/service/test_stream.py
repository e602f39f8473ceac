"""A stream of batches: pipelined, bounded, answered in order, and not ended by one bad batch."""

import asyncio

import grpc
import pytest
import pytest_asyncio

from transformer.client import AsyncClient, TransformBatch, TransformResult
from transformer.errors import CallerError, Code, PlatformError
from transformer.outcome import Ledger
from transformer.service.transform import WINDOW
from transformer.wire.pb import transform_pb2, transform_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

SLOW = "def transformEvent(event, metadata):\n    for _ in range(event['work']):\n        pass\n    return event\n"


def batches(name, works):
    return [
        TransformBatch(workspace="default", transformations=[name], events=[{"work": work, "n": n}])
        for n, work in enumerate(works)
    ]


async def test_answers_come_in_the_order_of_the_requests(client, publish):
    name = await publish(SLOW)
    slow_first = [200_000 if n % 4 == 0 else 0 for n in range(40)]
    results = [result async for result in client.stream(batches(name, slow_first))]
    assert [result.outputs[0].json()["n"] for result in results] == list(range(40))


async def test_a_bad_batch_answers_with_its_error_and_the_stream_goes_on(client, publish):
    good = await publish(SLOW)
    sent = batches(good, [0, 0, 0])
    sent[1] = TransformBatch(workspace="default", transformations=["missing"], events=[{}])

    first, bad, last = [result async for result in client.stream(sent)]

    assert isinstance(first, TransformResult)
    assert isinstance(last, TransformResult)
    assert isinstance(bad, CallerError)
    assert (bad.code, bad.resource) == (Code.NOT_FOUND, "workspaces/default/transformations/missing")


async def test_an_empty_stream_ends_well(client):
    assert [result async for result in client.stream([])] == []


class HeldPool:
    """Batches wait in it until they are let go; it says how many there are."""

    def __init__(self):
        self.held = 0
        self.seen = 0
        self.cancelled = 0
        self.go = asyncio.Event()
        self.changed = asyncio.Condition()

    async def start(self):
        pass

    async def close(self, grace_seconds=0.0):
        pass

    async def check(self, workspace, engine, source, name, around=None):
        raise AssertionError("nothing is published here")

    async def run(self, plan, batch, *, deadline=None, keep_logs=False):
        self.held += 1
        self.seen += 1
        await self._tell()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.held -= 1
            await self._tell()
        ledger = Ledger(len(batch.payloads))
        ledger.settle(range(ledger.size), bytes([1] * ledger.size), batch.payloads, [(i,) for i in range(ledger.size)])
        return ledger

    async def until(self, fact):
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(fact)

    async def _tell(self):
        async with self.changed:
            self.changed.notify_all()


@pytest.fixture
def held():
    return HeldPool()


@pytest_asyncio.fixture(loop_scope="session")
async def held_server(open_server, held, publish_offline):
    async with open_server(pool=held) as server:
        await publish_offline(server)
        yield server


@pytest.fixture
def publish_offline():
    async def put(server):
        from transformer.registry.records import VersionDraft

        store = server._store
        await asyncio.to_thread(store.create_transformation, "default", "held", "")
        await asyncio.to_thread(store.add_version, "default", "held", VersionDraft("python", "# never run"))
        await asyncio.to_thread(store.activate, "default", "held", "live", 1)

    return put


def request(n):
    inner = transform_pb2.TransformRequest(workspace="workspaces/default", transformations=["transformations/held"])
    inner.events.add(payload=b"{}", message_id=str(n))
    return transform_pb2.TransformStreamRequest(request=inner)


async def test_a_window_of_batches_runs_at_once_and_no_more_is_read(held_server, held):
    async with AsyncClient(held_server.address, attempts=1) as client:
        answers = aiter(client.stream(batches("held", [0] * (3 * WINDOW))))
        first = asyncio.ensure_future(anext(answers))
        await held.until(lambda: held.held == WINDOW)
        assert held.seen == WINDOW
        held.go.set()
        await first
        assert len([result async for result in answers]) == 3 * WINDOW - 1


async def test_a_cancelled_stream_cancels_its_batches(held_server, held):
    async with grpc.aio.insecure_channel(held_server.address) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()
        for n in range(3):
            await call.write(request(n))
        await held.until(lambda: held.held == 3)
        call.cancel()
        await held.until(lambda: held.cancelled == 3)


async def test_a_cancelled_call_cancels_its_batch(held_server, held):
    async with grpc.aio.insecure_channel(held_server.address) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).Transform(request(0).request)
        await held.until(lambda: held.held == 1)
        call.cancel()
        await held.until(lambda: held.cancelled == 1)


async def test_a_drained_server_answers_what_it_read_and_then_ends_the_stream(held_server, held):
    async with grpc.aio.insecure_channel(held_server.address) as channel:
        call = transform_pb2_grpc.TransformServiceStub(channel).TransformStream()
        for n in range(3):
            await call.write(request(n))
        await held.until(lambda: held.held == 3)

        stopping = asyncio.ensure_future(held_server.stop(10))
        await asyncio.sleep(0)
        held.go.set()

        answers = [(await call.read()).response.outcomes[0].message_id for _ in range(3)]
        assert answers == ["0", "1", "2"]
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await call.read()
        assert told.value.code() is grpc.StatusCode.UNAVAILABLE
        assert await stopping


async def test_a_stream_to_nowhere_is_unreachable():
    async with AsyncClient("127.0.0.1:1", attempts=1) as client:
        with pytest.raises(PlatformError) as told:
            [result async for result in client.stream(batches("x", [0]))]
    assert (told.value.code, told.value.message) == (Code.UNREACHABLE, "the server at 127.0.0.1:1 cannot be reached")
