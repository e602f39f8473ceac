"""What a request costs beside its own work, what has to stand around it, and what grows with time.

Defects 5, 11 and 12 of the incumbent: code is compiled anew for every request, it comes from a hosted backend only and is kept
in caches without a bound, and Python needs a cluster and seconds of cold start, told to callers as a reason to retry.
"""

import asyncio
import json
import subprocess
import sys

import pytest

from transformer.client import AsyncClient, Status
from transformer.errors import CallerError, Code
from transformer.service.planning import Planner

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

# A list of the module lives as long as the module is loaded: how often it was called since then.
COUNTS = "CALLS = []\n\ndef transformEvent(event, metadata):\n    CALLS.append(1)\n    return {'calls': len(CALLS)}\n"


async def calls(client, name):
    result = await client.transform(workspace="default", transformations=[name], events=[{}])
    return result.outputs[0].json()["calls"]


async def test_5_a_version_is_loaded_once_and_stays_warm_across_requests(server, client, publish):
    name = await publish(COUNTS)
    first = await calls(client, name)
    before = server._pool.stats()["workers_started"]
    assert [await calls(client, name) for _ in range(50)] == list(range(first + 1, first + 51))
    assert server._pool.stats()["workers_started"] == before


async def test_5_warm_versions_of_several_transformations_stay_side_by_side(server, client, publish):
    names = [await publish(f"{COUNTS}# {n}\n") for n in range(5)]
    first = [await calls(client, name) for name in names]
    before = server._pool.stats()["workers_started"]
    for more in range(1, 10):
        assert [await calls(client, name) for name in names] == [times + more for times in first]
    assert server._pool.stats()["workers_started"] == before


async def test_11_code_in_a_file_runs_with_nothing_around_it(tmp_path):
    (tmp_path / "code.py").write_text("def transformEvent(event, metadata):\n    event['seen'] = True\n    return event\n")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "transformer", "run", "code.py"],
        cwd=tmp_path,
        input=b'{"n":1}\n{"n":2}\n',
        capture_output=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"n": 1, "seen": True}, {"n": 2, "seen": True}]


async def test_11_a_worker_keeps_as_many_versions_as_it_may_and_no_more(open_server, publish):
    async with open_server(worker_versions=2) as server, AsyncClient(server.address, attempts=1) as client:
        names = [await publish(f"{COUNTS}# {n}\n", on=client) for n in range(3)]
        assert [await calls(client, names[0]) for _ in range(2)] == [1, 2]
        assert await calls(client, names[1]) == 1
        assert [await calls(client, names[0]), await calls(client, names[1])] == [3, 2]  # two fit
        assert await calls(client, names[2]) == 1  # a third does not
        assert await calls(client, names[0]) == 1


async def test_11_what_the_service_remembers_of_requests_is_bounded(server, client, publish, monkeypatch):
    """Names that do not exist are remembered not at all; of those that do, routes, code and plans have a bound each."""
    catalogue, planner = server._catalogue, server._transform._planner
    assert isinstance(planner, Planner)
    name = await publish(COUNTS)
    before = len(catalogue._routes._known)
    for n in range(200):
        with pytest.raises(CallerError) as refused:
            await client.transform(workspace="default", transformations=[f"nobody-{n}"], events=[{}])
        assert refused.value.code is Code.NOT_FOUND
    assert len(catalogue._routes._known) == before

    monkeypatch.setattr(planner, "_known", type(planner._known)(10))
    monkeypatch.setattr(catalogue._routes, "_known", type(catalogue._routes._known)(10))
    spellings = [f"transformations/{name}", f"transformations/{name}/versions/1", f"transformations/{name}/aliases/live"]
    for n in range(60):  # as many ways to ask for the same as there are lists of it
        chain = [spellings[(n // 3**place) % 3] for place in range(4)]
        result = await client.transform(workspace="default", transformations=chain, events=[{}])
        assert result.outcomes[0].status is Status.EMITTED
        assert len(planner._known) <= 10
        assert len(catalogue._routes._known) <= 10
    assert len(planner._known) == 10  # it was full, and things went on


async def test_12_the_first_batch_of_a_new_service_is_answered_and_not_put_off(open_server, publish):
    """No cluster, no image, no warm-up: one attempt, straight after the start, with code that was published just now."""
    async with open_server() as server, AsyncClient(server.address, attempts=1) as client:
        name = await publish("import re\n\ndef transformEvent(event, metadata):\n    return event\n", on=client)
        result = await client.transform(workspace="default", transformations=[name], events=[{"n": n} for n in range(100)])
        assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED] * 100
        assert result.retryable() == []


async def test_12_the_first_batches_of_many_workspaces_are_answered_and_not_put_off(open_server):
    async with open_server() as server, AsyncClient(server.address, attempts=1) as client:

        async def first(workspace):
            await client.create_workspace(workspace)
            await client.create_transformation(workspace, "code")
            await client.create_version(workspace, "code", COUNTS)
            await client.activate_version(workspace, "code", 1)
            return await client.transform(workspace=workspace, transformations=["code"], events=[{}])

        results = [await first(f"w{n}") for n in range(8)]
        assert [result.outcomes[0].status for result in results] == [Status.EMITTED] * 8
