"""Turns and queues with real workers: who waits, who is refused, who is not started at all, and what a watch sees of it."""

import asyncio

import pytest

from transformer.errors import Code, PlatformError
from transformer.outcome import Status
from transformer.pool import Pool
from transformer.pool.watch import ENDINGS, Watch
from transformer.settings import Settings

NAP = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.03)\n    return event\n"
HANGS = "def transformEvent(event, metadata):\n    while event.get('hang'):\n        pass\n    return event\n"


class Seen(Watch):
    """Keeps what it is told."""

    def __init__(self):
        self.waits, self.refusals, self.starts, self.ends, self.loads, self.aside = [], [], [], [], [], []

    def queued(self, workspace, seconds):
        self.waits.append((workspace, seconds))

    def refused(self, workspace, code):
        self.refusals.append((workspace, code))

    def worker_started(self, seconds):
        self.starts.append(seconds)

    def worker_ended(self, cause):
        self.ends.append(cause)

    def version_loaded(self, workspace, warm):
        self.loads.append((workspace, warm))

    def quarantined(self, workspace, version_name):
        self.aside.append((workspace, version_name, "quarantined"))

    def released(self, workspace, version_name):
        self.aside.append((workspace, version_name, "released"))


@pytest.fixture
def seen():
    return Seen()


@pytest.fixture
async def watched(seen):
    """watched(setting=value…) → a started pool that `seen` looks at."""
    pools = []

    async def make(**settings):
        pools.append(Pool(Settings(**settings), seen))
        await pools[-1].start()
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


async def test_a_newcomer_gets_its_turn_before_the_queue_of_another_workspace(watched, run, seen):
    pool = await watched(concurrent_turns=2, workspace_workers=2)
    greedy = [asyncio.create_task(run(pool, NAP, [{}], workspace="greedy")) for _ in range(20)]
    await asyncio.sleep(0)
    assert pool.stats()["waiting"] == 18
    ledger = await run(pool, NAP, [{}], workspace="quiet")
    assert ledger.status[0] == Status.EMITTED
    assert sum(task.done() for task in greedy) < 10
    assert [workspace for workspace, _ in seen.waits].index("quiet") <= 4
    for task in greedy:
        assert (await task).status[0] == Status.EMITTED


async def test_a_batch_whose_deadline_has_passed_is_not_started(watched, run, seen):
    pool = await watched()
    with pytest.raises(PlatformError) as refused:
        await run(pool, NAP, [{}], deadline=asyncio.get_running_loop().time())
    assert refused.value.message == "the caller's deadline has passed; the batch was not started"
    assert (seen.refusals, seen.loads) == ([("w", Code.NO_CAPACITY)], [])


async def test_the_queue_of_one_workspace_leaves_room_for_others(watched, run, until):
    pool = await watched(concurrent_turns=1, workspace_queue=2, queue_target_seconds=5)
    greedy = [asyncio.create_task(run(pool, NAP, [{}] * 5, workspace="greedy")) for _ in range(3)]
    await until(lambda: pool.stats()["waiting"] == 2)
    with pytest.raises(PlatformError) as refused:
        await run(pool, NAP, [{}], workspace="greedy")
    assert refused.value.message == "2 batches of the workspace are waiting for a worker already; send the batch again later"
    assert (await run(pool, NAP, [{}], workspace="quiet")).status[0] == Status.EMITTED
    assert all(ledger.closed for ledger in await asyncio.gather(*greedy))


async def test_who_is_cancelled_in_the_moment_of_its_turn_gives_the_turn_back(watched, run, until):
    pool = await watched(concurrent_turns=1)
    running = asyncio.create_task(run(pool, NAP, [{}]))
    await until(lambda: pool.stats()["busy"])
    waiting = [asyncio.create_task(run(pool, NAP, [{}])) for _ in range(2)]
    await until(lambda: pool.stats()["waiting"] == 2)
    running.add_done_callback(lambda _: waiting[0].cancel())  # its turn has begun by then, and it does not know yet
    await asyncio.wait(waiting)
    assert waiting[0].cancelled()
    assert waiting[1].result().status[0] == Status.EMITTED
    assert (pool.stats()["busy"], pool.stats()["waiting"]) == (0, 0)


async def test_who_loses_its_workers_does_not_take_every_spare(watched, run, until, monkeypatch):
    monkeypatch.setattr("transformer.pool.workforce._SPARE_SECONDS", 60.0)
    pool = await watched(spare_workers=1, event_seconds=0.1, workspace_workers=1)
    bad = asyncio.create_task(run(pool, HANGS, [{"hang": True}] * 3, workspace="bad"))
    await until(lambda: pool.stats()["busy"] and pool.stats()["spare"])
    spare = pool._workforce._spares[0]
    ledger = await bad
    assert {failure.code for failure in ledger.failures.values()} == {Code.TIME_LIMIT}
    assert pool._workforce._spares[0] is spare
    assert (await run(pool, HANGS, [{}], workspace="good")).status[0] == Status.EMITTED
    assert spare.workspace == "good"


async def test_a_watch_sees_waits_loads_starts_and_ends(watched, run, seen, until):
    pool = await watched(spare_workers=0, event_seconds=0.1, version_kills=1, version_lost_part=10, quarantine_seconds=0.01)
    await run(pool, HANGS, [{}])
    await run(pool, HANGS, [{}])
    assert [workspace for workspace, _ in seen.waits] == ["w", "w"]
    assert seen.waits[0][1] == 0.0
    assert seen.loads == [("w", False), ("w", True)]
    assert len(seen.starts) == 1
    await run(pool, HANGS, [{"hang": True}] * 2)
    await until(lambda: seen.ends == ["time", "time"])
    assert seen.aside == [("w", "step 0", "quarantined")]
    await pool.close()
    assert seen.ends == ["time", "time"]
    assert set(seen.ends) <= set(ENDINGS)
    with pytest.raises(PlatformError):
        await run(pool, HANGS, [{}], workspace="late")
    assert seen.refusals == [("late", Code.DRAINING)]


async def test_a_watch_sees_why_workers_end(watched, run, seen, until):
    pool = await watched(spare_workers=0, worker_turns=1, workers=2)
    crash = "def transformEvent(event, metadata):\n    return 'x' * 10_000_000_000\n"
    await run(pool, crash, [{}])
    await until(lambda: seen.ends == ["memory"])
    await run(pool, NAP, [{}])
    await until(lambda: seen.ends == ["memory", "worn"])
    leaving = asyncio.create_task(run(pool, NAP, [{}] * 50))
    await until(lambda: pool.stats()["busy"] and len(seen.loads) == 3)
    leaving.cancel()
    await until(lambda: seen.ends == ["memory", "worn", "caller_gone"])
