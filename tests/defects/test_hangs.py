"""Code that does not come back: what runs beside it does not notice, health answers, and nobody has to restart anything.

Defects 1, 2 and 15 of the incumbent: a loop behind the first pause stops a whole process for good, a promise that is never kept
holds its request for ten minutes, limits are off until somebody turns them on, stuck workers are replaced a few times only.
"""

import asyncio

import psutil
import pytest

from transformer.client import AsyncClient, Status
from transformer.errors import CallerError, Code
from transformer.settings import Settings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

LOOPS = """
import time

def transformEvent(event, metadata):
    if event.get("loop"):
        time.sleep(0.01)
        while True:
            pass
    return event
"""


def codes(result):
    return [outcome.failure.code if outcome.failure else outcome.status for outcome in result.outcomes]


async def test_1_an_endless_loop_hangs_nothing_but_its_own_event(client, publish):
    looping, other = await publish(LOOPS), await publish("def transformEvent(event, metadata):\n    return event\n")
    events = [{"n": 0}, {"n": 1, "loop": True}, {"n": 2}]
    hanging = [
        asyncio.ensure_future(client.transform(workspace="default", transformations=[looping], events=events)) for _ in range(2)
    ]
    answered = 0
    while not all(each.done() for each in hanging):
        assert await client.health(timeout=10) == "SERVING"
        answered += 1
        await asyncio.sleep(0.05)
    assert answered > 3  # while they hung, and not only after it

    for each in hanging:
        assert codes(await each) == [Status.EMITTED, Code.TIME_LIMIT, Status.EMITTED]
    assert codes(await client.transform(workspace="default", transformations=[other], events=[{}])) == [Status.EMITTED]
    assert codes(await client.transform(workspace="default", transformations=[looping], events=[{}])) == [Status.EMITTED]


async def test_1_nothing_burns_a_core_after_the_limit(server, client, publish, until):
    looping = await publish(LOOPS + "# alone\n")
    await client.transform(workspace="default", transformations=[looping], events=[{"loop": True}])
    await until(lambda: server._pool.stats()["busy"] == 0)
    processes = psutil.Process().children(recursive=True)
    before = {each.pid: each.cpu_times().user for each in processes}
    await asyncio.sleep(0.5)
    used = [each.cpu_times().user - before[each.pid] for each in processes if each.is_running()]
    assert max(used) < 0.25


async def test_1_a_loop_while_the_code_loads_is_refused_when_it_is_published(client, publish):
    with pytest.raises(CallerError) as refused:
        await publish("while True:\n    pass\n\ndef transformEvent(event, metadata):\n    return event\n")
    assert refused.value.code is Code.CODE_REFUSED
    assert await client.health() == "SERVING"


@pytest.mark.parametrize(
    "body",
    ["time.sleep(1_000_000)", "while True: time.sleep(0.001)", "for _ in iter(int, 1): pass"],
    ids=["one sleep", "many sleeps", "an iterator without an end"],
)
async def test_2_code_that_never_comes_back_is_bounded_by_the_limit_of_an_event(client, publish, body):
    name = await publish(f"import time\n\ndef transformEvent(event, metadata):\n  if 'hang' in event:\n    {body}\n")
    clock = asyncio.get_running_loop().time
    started = clock()
    result = await client.transform(workspace="default", transformations=[name], events=[{"hang": True}], timeout=60)
    assert codes(result) == [Code.TIME_LIMIT]
    assert result.outcomes[0].failure.message == "the event ran longer than 1 s"
    assert clock() - started < 30


async def test_2_a_batch_function_that_never_comes_back_is_bounded_by_the_limit_of_a_turn(open_server, publish):
    async with open_server(turn_seconds=0.5, event_seconds=0.5) as server, AsyncClient(server.address, attempts=1) as client:
        source = (
            "import time\n\ndef transformBatch(events, metadata):\n    time.sleep(events[0].get('s', 0))\n    return events\n"
        )
        name = await publish(source, on=client)
        result = await client.transform(workspace="default", transformations=[name], events=[{"s": 10**6}, {}], timeout=60)
        assert codes(result) == [Code.TIME_LIMIT] * 2


async def test_2_a_caller_that_does_not_wait_so_long_takes_its_work_with_it(server, client, publish, until, in_time):
    name = await publish(
        "import time\n\ndef transformEvent(event, metadata):\n    time.sleep(event.get('s', 0))\n    return event\n"
    )
    events = [{"s": 0.5}] * 20
    late = await in_time(
        lambda time: client.transform(workspace="default", transformations=[name], events=events, timeout=time)
    )
    assert len(late.outcomes) == 20
    assert set(codes(late)) <= {Status.EMITTED, Code.BATCH_TIME}
    assert late.retryable()
    await until(lambda: server._pool.stats()["busy"] == 0)


async def test_15_every_limit_is_on_by_default():
    limits = Settings().limits.as_dict()
    # Of what event_seconds bounds anyway, and by how much a turn may be longer.
    assert {name for name, value in limits.items() if not value} == {"event_fuel", "turn_wait_seconds"}
    assert limits["event_seconds"] <= 10
    assert limits["turn_seconds"] <= 60
    assert limits["memory_bytes"] <= 2**30
    assert limits["batch_bytes"] <= 2**28


@pytest.mark.slow
async def test_15_a_stuck_worker_is_replaced_as_often_as_it_takes(open_server, publish, until):
    """Stuck in a way that no code can be: stopped from outside, so that it does not even burn time."""
    async with open_server(event_seconds=0.2, spare_workers=0) as server, AsyncClient(server.address, attempts=1) as client:
        code = (
            "import time\n\ndef transformEvent(event, metadata):\n    time.sleep(event.get('seconds', 0))\n    return event\n"
        )
        name = await publish(code, on=client)
        for _ in range(5):
            await client.transform(workspace="default", transformations=[name], events=[{"seconds": 0}])
            sending = asyncio.ensure_future(
                client.transform(workspace="default", transformations=[name], events=[{"seconds": 0.15}] * 3, timeout=30)
            )
            await until(lambda: server._pool.stats()["busy"] == 1)
            for worker in _workers_of(server):
                worker.suspend()
            assert len((await sending).outcomes) == 3
        again = await client.transform(workspace="default", transformations=[name], events=[{"seconds": 0}])
        assert codes(again) == [Status.EMITTED]


def _workers_of(server):
    below = psutil.Process(server._pool._nurseries.base.zygote.pid).children(recursive=True)
    parents = {each.ppid() for each in below}
    return [each for each in below if each.pid not in parents]
