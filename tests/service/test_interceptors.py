"""Around every request: one log line without secrets, and no detail of a fault of ours to the caller."""

import asyncio
import gc
from collections import Counter

import pytest

from transformer.client import AsyncClient, Event
from transformer.errors import CallerError, Code, PlatformError
from transformer.outcome import Failure, Ledger

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


class OddPool:
    """Does what the test says instead of running batches."""

    def __init__(self, act):
        self.act = act

    async def start(self):
        pass

    async def close(self, grace_seconds=0.0):
        pass

    async def check(self, workspace, engine, source, name, around=None):
        raise AssertionError("nothing is published here")

    async def run(self, plan, batch, *, deadline=None, keep_logs=False):
        return self.act(batch, deadline)


def raising(error):
    def act(batch, deadline):
        raise error

    return act


async def asked(open_server, act, lines=None, **request):
    from transformer.registry.records import VersionDraft

    async with open_server(lines, pool=OddPool(act)) as server, AsyncClient(server.address, attempts=1) as client:
        store = server._store
        await asyncio.to_thread(store.create_transformation, "default", "odd", "")
        await asyncio.to_thread(store.add_version, "default", "odd", VersionDraft("python", "# never run"))
        await asyncio.to_thread(store.activate, "default", "odd", "live", 1)
        usual = {"workspace": "default", "transformations": ["odd"], "events": [Event(b'{"password":"hunter2"}', "m-1")]}
        return await client.transform(**(usual | request))


async def test_a_fault_of_ours_is_internal_and_tells_no_details(open_server):
    lines = []
    with pytest.raises(PlatformError) as told:
        await asked(open_server, raising(KeyError("hunter2")), lines)
    assert (told.value.code, told.value.message) == (Code.INTERNAL, "a fault of the service; its log says more")
    [line] = [line for line in lines if line.get("method") == "Transform"]
    assert (line["level"], line["status"], line["fault"]) == ("error", "INTERNAL", "KeyError")
    assert any(place.endswith(" act") for place in line["stack"])
    assert "hunter2" not in repr(lines)


async def test_no_capacity_is_resource_exhausted_with_the_time_to_wait(open_server):
    lines = []
    with pytest.raises(PlatformError) as told:
        await asked(open_server, raising(PlatformError(Code.NO_CAPACITY, "no worker", retry_after_seconds=1.5)), lines)
    assert (told.value.code, told.value.retry_after_seconds) == (Code.NO_CAPACITY, 1.5)
    [line] = [line for line in lines if line.get("method") == "Transform"]
    assert (line["level"], line["status"]) == ("error", "NO_CAPACITY")


async def test_the_deadline_of_the_call_reaches_the_pool_a_little_earlier(open_server):
    seen = []

    def act(batch, deadline):
        seen.append(deadline - asyncio.get_running_loop().time())
        ledger = Ledger(1)
        ledger.fail([0], Failure(Code.BATCH_TIME, "late"))
        return ledger

    await asked(open_server, act, timeout=50)
    assert 0 < seen[0] <= 50 - 0.09


async def test_a_request_is_one_line_that_says_what_became_of_it(client, publish, log_lines):
    name = await publish(
        "def transformEvent(event, metadata):\n    log(event)\n    if event['n'] == 1:\n        raise ValueError(event['password'])\n"
        "    return event if event['n'] else None\n"
    )
    del log_lines[:]
    events = [{"n": n, "password": "hunter2"} for n in range(3)]
    await client.transform(workspace="default", transformations=[name], events=events, include_logs=True)
    [line] = log_lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "level": "info",
        "method": "Transform",
        "workspace": "default",
        "versions": [f"workspaces/default/transformations/{name}/versions/1"],
        "events": 3,
        "emitted": 1,
        "dropped": 1,
        "failed": 1,
        "codes": {"T201": 1},
        "status": "OK",
    }


async def test_a_refused_request_is_a_line_too(client, log_lines):
    del log_lines[:]
    with pytest.raises(CallerError):
        await client.get_transformation("default", "no-such-thing")
    [line] = log_lines
    assert (line["method"], line["workspace"], line["status"], line["level"]) == (
        "GetTransformation",
        "default",
        "NOT_FOUND",
        "info",
    )


async def test_the_batches_of_a_stream_are_lines_of_their_own(client, publish, log_lines):
    from transformer.client import TransformBatch

    name = await publish()
    del log_lines[:]
    sent = [TransformBatch(workspace="default", transformations=[each], events=[{}]) for each in (name, "missing")]
    async for _ in client.stream(sent):
        pass
    assert sorted((line["event"], line["method"], line["status"]) for line in log_lines) == [
        ("request", "TransformStream", "NOT_FOUND"),
        ("request", "TransformStream", "OK"),
        ("stream", "TransformStream", "OK"),
    ]
    assert log_lines[-1]["answers"] == 2


async def test_a_fault_of_ours_in_a_stream_tells_no_details_either(open_server):
    from transformer.client import TransformBatch

    lines = []
    async with open_server(lines, pool=OddPool(raising(KeyError("hunter2")))) as server:

        async def broken(request, incoming):
            raise KeyError("hunter2")

        server._transform._answer = broken
        async with AsyncClient(server.address, attempts=1) as client:
            answers = client.stream([TransformBatch(workspace="default", transformations=["t"], events=[])])
            with pytest.raises(PlatformError) as told:
                await anext(answers)
    assert (told.value.code, told.value.message) == (Code.INTERNAL, "a fault of the service; its log says more")
    [line] = [line for line in lines if line["event"] == "stream"]
    assert (line["level"], line["status"], line["fault"]) == ("error", "INTERNAL", "KeyError")
    assert "hunter2" not in repr(lines)


async def test_a_refusal_leaves_nothing_for_the_garbage_collection(client, new_id):
    """Its calls, by the hundred, would otherwise be ended at once, and everybody waits for that."""
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            with pytest.raises(CallerError):
                await client.transform(workspace="default", transformations=[new_id()], events=[{}])
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left["RPCState"] + left["_ServicerContext"] < 10, left
