"""Two replicas on one registry are restarted in turn under constant load: the client's ledger has one outcome for every event."""

import asyncio
import json
import socket
import threading
import time

import grpc
import pytest

from transformer.client import AsyncClient, Client, Status, TransformBatch, TransformResult
from transformer.client.messages import read_result, transform_request
from transformer.wire.pb import transform_pb2_grpc

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

CODE = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.002)\n    return {'id': event['id']}\n"
SENDERS = 2
EVENTS = 5


def free_addresses(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def raw_channel(servers):
    """A channel without our client: gRPC's own balancing and gRPC's own retries."""
    retries = {
        "maxAttempts": 5,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {"loadBalancingConfig": [{"round_robin": {}}], "methodConfig": [{"name": [{}], "retryPolicy": retries}]}
    return grpc.aio.insecure_channel(f"ipv4:{servers}", options=[("grpc.service_config", json.dumps(config))])


class Load:
    """Batches without a pause until it is left: by calls of our client and of a plain one, and over a stream.

    The ledger: the outcomes of every id.
    """

    def __init__(self, servers):
        self.servers = ",".join(servers)
        self.sent = []
        self.outcomes = {}
        self.errors = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._work()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(60)

    def progress(self, count):
        """Wait until this many more batches have been answered."""
        goal, end = len(self.outcomes) + count * EVENTS, time.monotonic() + 30
        while len(self.outcomes) < goal:
            assert time.monotonic() < end, "the load came to a stand"
            time.sleep(0.01)

    def _batch(self):
        ids = [len(self.sent) + n for n in range(EVENTS)]
        self.sent += ids
        return ids, TransformBatch(workspace="default", transformations=["code"], events=[{"id": one} for one in ids])

    def _note(self, ids, result):
        if not isinstance(result, TransformResult):
            self.errors.append(result)
            return
        emitted = {output.inputs: output.json()["id"] for output in result.outputs}
        assert len(result.outcomes) == len(ids)
        for index, (one, outcome) in enumerate(zip(ids, result.outcomes, strict=True)):
            self.outcomes.setdefault(one, []).append((outcome.status, emitted.get((index,))))

    async def _work(self):
        async with AsyncClient(self.servers) as client, raw_channel(self.servers) as channel:
            raw = transform_pb2_grpc.TransformServiceStub(channel)
            calls = [call for _ in range(SENDERS) for call in (self._call(client), self._call_raw(raw))]
            await asyncio.gather(*calls, self._stream(client))

    async def _call(self, client):
        while not self.over.is_set():
            ids, batch = self._batch()
            try:
                result = await client.transform(workspace="default", transformations=["code"], events=batch.events)
            except Exception as error:  # noqa: BLE001 - the ledger wants to know of every one
                self.errors.append(error)
            else:
                self._note(ids, result)

    async def _call_raw(self, stub):
        while not self.over.is_set():
            ids, batch = self._batch()
            try:
                answer = await stub.Transform(transform_request(batch), timeout=30)
            except Exception as error:  # noqa: BLE001 - the ledger wants to know of every one
                self.errors.append(error)
            else:
                self._note(ids, read_result(answer))

    async def _stream(self, client):
        waiting = []

        async def give():
            while not self.over.is_set():
                ids, batch = self._batch()
                waiting.append(ids)
                yield batch
                await asyncio.sleep(0.005)

        try:
            async for result in client.stream(give()):
                self._note(waiting.pop(0), result)
        except Exception as error:  # noqa: BLE001 - the ledger wants to know of every one
            self.errors.append(error)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.need("postgres"))])
def registry(request):
    """Settings by which replicas share an empty registry, once for each kind of database."""
    if request.param == "sqlite":
        yield {}  # a file beside them
        return
    postgres = request.getfixturevalue("postgres")
    url = postgres.new_database()
    yield {"database_url": url}
    postgres.take_back(url)


# The registry first: it is taken down after the servers.
def test_a_rolling_restart_loses_and_duplicates_nothing(registry, start):
    addresses = free_addresses(2)
    delays = dict(zip(addresses, (0.0, 0.3), strict=True))
    usual = {"event_seconds": 5, **registry}
    servers = {address: start(listen=address, drain_delay_seconds=delays[address], **usual) for address in addresses}
    with Client(addresses[0]) as client:
        client.create_transformation("default", "code")
        client.create_version("default", "code", CODE)
        client.activate_version("default", "code", 1)

    with Load(addresses) as load:
        for address in addresses:
            load.progress(50)
            servers[address].process.terminate()
            stopped = servers[address].until("stopped")
            assert (servers[address].wait(), stopped["finished"]) == (0, True)
            load.progress(20)  # the other one serves alone
            servers[address] = start(listen=address, **usual)
            servers[address].until("request")  # and then takes its part again
        load.progress(50)

    assert load.errors == []
    assert sorted(load.outcomes) == load.sent  # none is missing, none was made up
    assert all(outcomes == [(Status.EMITTED, one)] for one, outcomes in load.outcomes.items())
