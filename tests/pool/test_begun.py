"""A zygote that was begun before there is a pool."""

import os
import signal

import psutil
import pytest

from transformer.outcome import Status
from transformer.pool import Pool, begin_zygote
from transformer.settings import Settings


@pytest.fixture
def settings():
    return Settings(profile="development", workers=1, spare_workers=0)


@pytest.fixture
def begun(settings):
    zygote = begin_zygote(settings)
    yield zygote
    zygote.abandon()


async def test_workers_come_from_it(settings, begun, run, identity):
    pool = Pool(settings, zygote=begun)
    await pool.start()
    try:
        assert (await run(pool, identity, [{}])).status[0] == Status.EMITTED
        assert pool._nurseries.base.zygote is begun
        assert pool.stats()["zygotes_started"] == 1
    finally:
        await pool.close()
    assert not psutil.pid_exists(begun.pid)


async def test_where_it_was_killed_another_one_is_started(settings, begun, run, identity):
    os.kill(begun.pid, signal.SIGKILL)
    pool = Pool(settings, zygote=begun)
    await pool.start()
    try:
        assert (await run(pool, identity, [{}])).status[0] == Status.EMITTED
    finally:
        await pool.close()


async def test_a_pool_that_is_never_started_closes_it(settings, begun):
    await Pool(settings, zygote=begun).close()
    assert not psutil.pid_exists(begun.pid)


def test_it_can_be_abandoned_at_any_time(settings):
    zygote = begin_zygote(settings)
    zygote.abandon()
    zygote.abandon()
    assert not psutil.pid_exists(zygote.pid)
