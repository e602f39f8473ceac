"""Workers and zygotes that are killed from outside: nothing is lost, and what was not the code's fault says so."""

import asyncio
import os
import signal

import psutil
import pytest

from transformer.errors import Code, PlatformError
from transformer.outcome import Status
from transformer.pool.channel import Channel
from transformer.pool.process import WorkerKilled, WorkerProcess
from transformer.pool.zygote import Zygote

SLOW = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.15)\n    return event\n"


async def test_a_worker_killed_from_outside_loses_one_event_at_most_and_retryably(pool, until):
    task = asyncio.create_task(pool.run(SLOW, 6))
    await until(lambda: pool.pool.stats()["busy"] == 1 and pool.workers())
    await asyncio.sleep(0.3)  # somewhere in the middle of the batch
    os.kill(pool.workers()[0].pid, signal.SIGKILL)
    ledger = await task
    failed = [i for i, status in enumerate(ledger.status) if status == Status.FAILED]
    assert len(failed) <= 1
    assert all(ledger.failures[i].code is Code.WORKER_LOST and ledger.failures[i].retryable for i in failed)
    assert list(ledger.status).count(Status.EMITTED) == 6 - len(failed)
    await pool.serves()


async def test_a_worker_that_is_lost_before_it_began_is_not_judged_by_the_batch_before(pool, until):
    await pool.run(SLOW.replace("0.15", "0"), 200)
    (worker,) = pool.workers()
    # Given a worker that has answered, but did not get around to saying that it is idle
    worker.suspend()
    await until(lambda: worker.status() == psutil.STATUS_STOPPED)
    (shelved,) = pool.pool._workforce._shelf._since
    shelved.mark[0] = 199
    # When it is killed with the next batch on its way to it
    task = asyncio.create_task(pool.run(SLOW, 1))
    await until(lambda: pool.pool.stats()["busy"] == 1 and shelved.turns == 2)
    worker.kill()
    # Then that batch is innocent, and runs elsewhere
    assert list((await task).status) == [Status.EMITTED]


async def test_a_lost_zygote_costs_no_event(pool, until):
    task = asyncio.create_task(pool.run(SLOW, 6))
    await until(lambda: pool.pool.stats()["busy"] == 1 and pool.workers())
    os.kill(pool.zygote(), signal.SIGKILL)
    ledger = await task
    assert list(ledger.status) == [Status.EMITTED] * 6
    await pool.serves()
    assert pool.pool.stats()["zygotes_started"] == 2


@pytest.fixture
def kill_zygotes(monkeypatch):
    """kill_zygotes(when, times): kill that many zygotes, each "starting" up or with a worker "forked" that is not ready yet."""

    def make(when, times):
        ready, fork, left = Zygote.ready, Zygote.fork, [when] * times

        def kill(zygote, doing):
            if doing in left:
                left.pop()
                os.kill(zygote.pid, signal.SIGKILL)

        async def kill_and_get_ready(self):
            kill(self, "starting")
            await ready(self)

        async def fork_and_kill(self, *asked):
            pid = await fork(self, *asked)
            kill(self, "forked")
            return pid

        monkeypatch.setattr(Zygote, "ready", kill_and_get_ready)
        monkeypatch.setattr(Zygote, "fork", fork_and_kill)

    return make


@pytest.mark.parametrize("when", ["starting", "forked"])
async def test_a_zygote_that_is_lost_before_its_worker_is_ready_costs_no_batch(pool, kill_zygotes, until, when):
    kill_zygotes(when, 1)
    os.kill(pool.zygote(), signal.SIGKILL)
    await until(lambda: not pool.workers())
    await pool.serves()


async def test_zygotes_that_are_killed_again_and_again_are_nobodys_fault(pool, kill_zygotes, until):
    await pool.serves()
    (shelved,) = pool.pool._workforce._shelf._since
    os.kill(pool.zygote(), signal.SIGKILL)
    await until(lambda: shelved.over)
    kill_zygotes("starting", 3)  # the loss of the first one is noticed by the batch, or a moment before it
    with pytest.raises(PlatformError) as raised:
        await pool.serves()
    assert raised.value.code is Code.WORKER_LOST
    assert "killed from outside" in raised.value.message
    await pool.serves()


async def test_a_renewal_whose_zygote_is_killed_says_so_and_changes_nothing(pool, kill_zygotes):
    zygote = pool.pool._nurseries.base.zygote
    kill_zygotes("starting", 1)
    with pytest.raises(PlatformError) as raised:
        await pool.pool.renew()
    assert raised.value.code is Code.WORKER_LOST
    assert pool.pool._nurseries.base.zygote is zygote
    await pool.serves()


class KilledAtOnce:
    """A zygote whose workers are killed from outside before they have said a word."""

    engines, lost = frozenset({"python"}), False

    async def fork(self, *_):
        return 1

    async def end(self, *_):
        return signal.SIGKILL, False


async def test_a_worker_that_is_killed_before_it_is_ready_is_told_from_one_that_cannot_start():
    with pytest.raises(WorkerKilled):
        await WorkerProcess.start(KilledAtOnce(), profile="strict", memory_bytes=1, frame_bytes=1, versions=1)


async def test_a_worker_that_is_killed_before_it_is_ready_is_started_again(pool, monkeypatch):
    start, killed = WorkerProcess.start, []

    async def killed_at_first(*args, **options):
        if len(killed) < 2:
            killed.append(True)
            raise WorkerKilled
        return await start(*args, **options)

    monkeypatch.setattr(WorkerProcess, "start", killed_at_first)
    await pool.serves("one that has no worker yet")
    await pool.serves("another one")
    assert len(killed) == 2


async def test_a_check_whose_worker_is_killed_from_outside_finds_no_fault_with_the_code(pool, monkeypatch):
    send = Channel.send

    async def killed_before(channel, *frame):
        pool.workers()[0].kill()
        await send(channel, *frame)

    monkeypatch.setattr(Channel, "send", killed_before)
    with pytest.raises(PlatformError) as raised:
        await pool.pool.check("w", "python", SLOW, "t")
    assert raised.value.code is Code.WORKER_LOST
    monkeypatch.undo()
    assert (await pool.pool.check("w", "python", SLOW, "t")).problems == []


async def test_idle_workers_of_a_lost_zygote_are_not_handed_out(make_pool, until, alive):
    pool = await make_pool(spare_workers=1)
    await pool.serves("a")
    await pool.serves("b")
    workers = pool.workers()
    os.kill(pool.zygote(), signal.SIGKILL)
    await until(lambda: not any(map(alive, workers)))
    await pool.serves("a")
    await pool.serves("b")


async def test_an_idle_worker_that_was_killed_is_replaced_unseen(pool, until, alive):
    await pool.serves()
    (worker,) = pool.workers()
    worker.kill()
    await until(lambda: not alive(worker))
    await pool.serves()


async def test_a_zygote_that_is_stopped_does_not_stop_the_pool(make_pool, monkeypatch):
    monkeypatch.setattr("transformer.pool.zygote._ANSWER_SECONDS", 0.5)
    pool = await make_pool()
    pool.forker().suspend()
    await pool.serves("a")  # in the worker that was there
    await pool.serves("b")  # in one that only a new zygote can fork
    assert pool.pool.stats()["zygotes_started"] == 2


async def test_closing_the_pool_leaves_no_process(make_pool, until, alive):
    pool = await make_pool(spare_workers=2)
    await pool.serves("a")
    await pool.serves("b")
    everything = [*pool.workers()]
    await pool.pool.close()
    await until(lambda: not any(map(alive, everything)))
