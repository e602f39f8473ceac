"""A fresh zygote takes over from the old one, and no batch notices."""

import asyncio

import psutil
import pytest

from transformer.errors import Code, PlatformError
from transformer.outcome import Status
from transformer.pool import nursery

NAP = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.01)\n    return event\n"
SLEEP = "import time\ndef transformEvent(event, metadata):\n    time.sleep(3600)\n    return event\n"


async def test_renewing_under_load_fails_no_batch_and_runs_none_again(make_pool, run, until):
    pool = await make_pool(spare_workers=1)
    old = psutil.Process(pool._nurseries.base.zygote.pid)
    done, over = [], False

    async def caller(workspace):
        while not over:
            done.append(await run(pool, NAP, [{}] * 5, workspace=workspace))

    callers = [asyncio.create_task(caller(workspace)) for workspace in "aab"]
    try:
        await until(lambda: len(done) > 5)
        # When the zygote is renewed twice while batches run
        await pool.renew()
        before = len(done)
        await until(lambda: len(done) > before + 5)
        await pool.renew()
        before = len(done)
        await until(lambda: len(done) > before + 5)
    finally:
        over = True
        await asyncio.gather(*callers)
    # Then every event was emitted, the old zygote is gone, and the workers are those of the new one
    assert {status for ledger in done for status in ledger.status} == {Status.EMITTED}
    await until(lambda: not pool._nurseries.base._replaced and not old.is_running())
    assert pool.stats()["zygotes_started"] == 3
    assert pool._nurseries.base.zygote.workers == pool.stats()["workers"]


async def test_a_turn_that_runs_keeps_its_worker_and_the_old_zygote_until_it_ends(make_pool, run, until):
    pool = await make_pool(spare_workers=0, event_seconds=600, turn_seconds=600)
    running = asyncio.create_task(run(pool, SLEEP, [{}]))
    await until(lambda: pool.stats()["busy"])
    old = pool._nurseries.base.zygote
    await pool.renew()
    assert not old.lost
    assert not running.done()
    running.cancel()
    await until(lambda: old.lost)
    assert pool.stats()["idle"] == 0


async def test_a_renewal_that_fails_changes_nothing(make_pool, run, identity, monkeypatch):
    pool = await make_pool()
    await run(pool, identity, [{}])
    zygote = pool._nurseries.base.zygote

    def broken(*args, **kwargs):
        raise PlatformError(Code.INTERNAL, "the zygote did not start: no module named engine")

    with monkeypatch.context() as patch:
        patch.setattr(nursery.Zygote, "begin", broken)
        with pytest.raises(PlatformError):
            await pool.renew()
    assert pool._nurseries.base.zygote is zygote
    assert (await run(pool, identity, [{}])).status[0] == Status.EMITTED
    assert pool.stats()["zygotes_started"] == 1


async def test_a_pool_can_be_closed_in_the_middle_of_a_renewal(make_pool, run, identity):
    pool = await make_pool()
    await run(pool, identity, [{}])
    renewing = asyncio.create_task(pool.renew())
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(PlatformError) as refused:
        await renewing
    assert refused.value.code is Code.DRAINING
    assert pool.stats()["workers"] == 0
