"""The synchronous client on a real server: the same road as the asynchronous one."""

import asyncio

import pytest

from transformer.client import Client, Status, TransformBatch
from transformer.errors import CallerError, Code, PlatformError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


async def test_it_publishes_activates_and_transforms(server, new_id):
    name = new_id()

    def work():
        with Client(server.address, actor="sync") as client:
            client.create_transformation("default", name)
            version = client.create_version("default", name, "def transformEvent(event, metadata):\n    return event\n")
            client.activate_version("default", name, version.number)
            return client.transform(workspace="default", transformations=[name], events=[{"a": 1}]), client.health()

    result, health = await asyncio.to_thread(work)
    assert result.outcomes[0].status is Status.EMITTED
    assert result.outputs[0].json() == {"a": 1}
    assert health == "SERVING"


async def test_it_streams_and_may_leave_early(server, publish):
    name = await publish()
    batches = [TransformBatch(workspace="default", transformations=[name], events=[{"n": n}]) for n in range(20)]

    def work():
        with Client(server.address) as client:
            whole = [result.outputs[0].json()["n"] for result in client.stream(batches)]
            answers = client.stream(batches)
            first = next(answers).outputs[0].json()["n"]
            answers.close()
            return whole, first

    assert await asyncio.to_thread(work) == (list(range(20)), 0)


async def test_errors_are_ours_and_hold_no_event(server):
    def work():
        with Client(server.address) as client, pytest.raises(CallerError) as told:
            client.transform(workspace="default", transformations=["nothing"], events=[{"password": "hunter2"}])
        return told.value

    error = await asyncio.to_thread(work)
    assert (error.code, error.resource) == (Code.NOT_FOUND, "workspaces/default/transformations/nothing")
    assert "hunter2" not in repr(error)


async def test_a_server_that_is_not_there_is_unreachable():
    def work():
        with Client("127.0.0.1:1", attempts=2) as client, pytest.raises(PlatformError) as told:
            client.list_workspaces()
        return told

    told = await asyncio.to_thread(work)
    assert (told.value.code, told.value.message) == (Code.UNREACHABLE, "the server at 127.0.0.1:1 cannot be reached")
