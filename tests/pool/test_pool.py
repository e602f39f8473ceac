"""Who gets a worker: never more than allowed, never another workspace's, and nothing is leaked by whatever goes wrong."""

import asyncio

import pytest

from transformer.errors import Code, PlatformError
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Step, nursery, process

NAP = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.2)\n    return event\n"
SLEEP = "import time\ndef transformEvent(event, metadata):\n    time.sleep(3600)\n    return event\n"
"""As long as the test likes: it is cancelled when it has served."""
PID = "count = 0\ndef transformEvent(event, metadata):\n    global count\n    count += 1\n    return {'n': count}\n"


async def test_a_worker_is_kept_warm_for_its_workspace(make_pool, run):
    pool = await make_pool(spare_workers=0)
    first = await run(pool, PID, [{}])
    second = await run(pool, PID, [{}])
    assert (first.payloads, second.payloads) == ([b'{"n":1}'], [b'{"n":2}'])


async def test_a_worker_never_changes_its_workspace(make_pool, run):
    pool = await make_pool(spare_workers=0)
    await run(pool, PID, [{}], workspace="a")
    other = await run(pool, PID, [{}], workspace="b")
    assert other.payloads == [b'{"n":1}']
    again = await run(pool, PID, [{}], workspace="a")
    assert again.payloads == [b'{"n":2}']


async def test_never_more_workers_than_allowed_and_idle_ones_make_room(make_pool, run, identity):
    pool = await make_pool(workers=2, spare_workers=0)
    for workspace in "abcde":
        assert (await run(pool, identity, [{}], workspace=workspace)).closed
        assert pool.stats()["workers"] <= 2


async def test_never_more_workers_of_one_workspace_than_allowed(make_pool, run):
    pool = await make_pool(workspace_workers=1, concurrent_turns=8, spare_workers=0)
    seen = []

    async def one():
        ledger = await run(pool, NAP, [{}])
        seen.append(pool.stats()["busy"])
        return ledger

    ledgers = await asyncio.gather(*(one() for _ in range(3)))
    assert all(ledger.status[0] == Status.EMITTED for ledger in ledgers)
    assert pool.stats()["workers_started"] <= 2


async def test_one_batch_too_many_is_refused_as_retryable(make_pool, run, identity, until):
    pool = await make_pool(concurrent_turns=1, queue=1, event_seconds=600, turn_seconds=600, queue_seconds=600)
    running = asyncio.create_task(run(pool, SLEEP, [{}]))
    await until(lambda: pool.stats()["busy"])
    waiting = asyncio.create_task(run(pool, identity, [{}]))
    await until(lambda: pool.stats()["waiting"])
    with pytest.raises(PlatformError) as refused:
        await run(pool, NAP, [{}])
    assert refused.value.code is Code.NO_CAPACITY
    assert refused.value.message == "1 batches are waiting for a worker already; send the batch again later"
    assert refused.value.retry_after_seconds
    running.cancel()
    assert (await waiting).closed


async def test_waiting_ends_with_the_callers_deadline(make_pool, run, until):
    pool = await make_pool(concurrent_turns=1, event_seconds=600, turn_seconds=600, queue_seconds=600)
    running = asyncio.create_task(run(pool, SLEEP, [{}]))
    await until(lambda: pool.stats()["busy"])
    with pytest.raises(PlatformError) as refused:
        await run(pool, NAP, [{}], deadline=asyncio.get_running_loop().time() + 0.05)
    assert refused.value.code is Code.NO_CAPACITY
    assert not running.done()
    assert (pool.stats()["busy"], pool.stats()["waiting"]) == (1, 0)
    running.cancel()


async def test_a_caller_that_leaves_the_queue_takes_its_place_with_it(make_pool, run, identity, until):
    pool = await make_pool(concurrent_turns=1, event_seconds=600, turn_seconds=600, queue_seconds=600)
    running = asyncio.create_task(run(pool, SLEEP, [{}]))
    await until(lambda: pool.stats()["busy"])
    leaving = asyncio.create_task(run(pool, identity, [{}]))
    await until(lambda: pool.stats()["waiting"])
    leaving.cancel()
    await until(lambda: not pool.stats()["waiting"])
    running.cancel()
    assert (await run(pool, identity, [{}])).closed
    assert pool.stats()["busy"] == 0


async def test_a_failed_start_does_not_shrink_the_pool(make_pool, run, identity, monkeypatch):
    # Given a pool of one worker, whose start fails
    pool = await make_pool(workers=1, spare_workers=0)
    await run(pool, identity, [{}], workspace="before")

    async def broken(*args, **kwargs):
        raise PlatformError(Code.INTERNAL, "no worker today")

    with monkeypatch.context() as patch:
        patch.setattr(nursery.WorkerProcess, "start", broken)
        for _ in range(3):
            with pytest.raises(PlatformError):
                await run(pool, identity, [{}], workspace="after")
    # When starts work again, then there is room
    assert (await run(pool, identity, [{}], workspace="after")).closed


async def test_an_idle_worker_is_ended_after_its_time(make_pool, run, identity, until):
    pool = await make_pool(worker_idle_seconds=0.2, spare_workers=0)
    await run(pool, identity, [{}])
    await until(lambda: pool.stats()["workers"] == 0)
    assert (await run(pool, identity, [{}])).closed


async def test_a_worker_is_replaced_when_it_has_run_its_turns(make_pool, run):
    pool = await make_pool(worker_turns=2, spare_workers=0)
    answers = [(await run(pool, PID, [{}])).payloads[0] for _ in range(3)]
    assert answers == [b'{"n":1}', b'{"n":2}', b'{"n":1}']


async def test_a_plan_that_runs_once_leaves_no_worker_behind(make_pool, until):
    pool = await make_pool(spare_workers=0)
    plan = Plan("w/tests", (Step("counts", "python", "counts", PID),), pool.settings.limits, once=True)
    for _ in range(2):
        assert (await pool.run(plan, Batch([b"{}"]))).payloads == [b'{"n":1}']
    await until(lambda: pool.stats()["workers"] == 0)


async def test_closing_lets_running_batches_finish_and_refuses_new_ones(make_pool, run, identity, until):
    pool = await make_pool()
    running = asyncio.create_task(run(pool, NAP, [{}, {}]))
    await until(lambda: pool.stats()["busy"])
    closing = asyncio.create_task(pool.close(grace_seconds=60))
    await asyncio.sleep(0)
    with pytest.raises(PlatformError) as refused:
        await run(pool, identity, [{}])
    assert refused.value.code is Code.DRAINING
    assert list((await running).status) == [Status.EMITTED] * 2
    await closing
    assert pool.stats()["workers"] == 0
    await pool.close()


async def test_a_worker_that_forgot_a_version_asks_for_it_again(make_pool, run):
    # Given a worker that keeps one version, and a host that believes it keeps more
    pool = await make_pool(worker_versions=1, spare_workers=0)
    sources = [f"def transformEvent(event, metadata):\n    return {{'v': {n}}}\n" for n in range(3)]
    for _ in range(2):
        for n, source in enumerate(sources):
            assert (await run(pool, source, [{}])).payloads == [b'{"v":%d}' % n]
    # When all three are needed at once
    chain = await run(pool, sources, [{}])
    assert chain.payloads == [b'{"v":2}']


async def test_a_worker_that_is_confined_too_little_is_refused(monkeypatch, make_pool):
    # Given a system that gives no system-call filter
    monkeypatch.setattr(
        "transformer.pool.zygote.confinement", lambda *_, **__: {"system_calls": "", "landlock": (-1, -1), "code_pages": False}
    )
    with pytest.raises(PlatformError) as refused:
        await make_pool()
    assert refused.value.message == (
        "this system cannot confine workers: landlock, system_calls not in force; system_calls needs libseccomp (Debian: libseccomp2); "
        "landlock needs Linux 5.13 or newer with Landlock enabled. For development only, choose --profile development"
    )


async def test_the_development_profile_runs_where_confinement_is_missing(monkeypatch, make_pool, run, identity):
    monkeypatch.setattr(
        "transformer.pool.zygote.confinement", lambda *_, **__: {"system_calls": "", "landlock": (-1, -1), "code_pages": False}
    )
    pool = await make_pool(profile="development")
    assert (await run(pool, identity, [{}])).closed
    assert "system_calls" not in pool.confinement[0]


async def test_a_strict_pool_verifies_every_step(make_pool):
    pool = await make_pool()
    assert pool.confinement[0] == list(process.missing_steps.__globals__["STEPS"])


async def test_check_reports_where_code_is_broken(make_pool):
    pool = await make_pool()
    report = await pool.check("w", "python", "def transformEvent(event, metadata)\n    return event\n", "t")
    assert [(problem.line, "expected ':'" in problem.message.lower()) for problem in report.problems] == [(1, True)]
    assert pool.stats()["busy"] == 0


async def test_checking_a_compile_bomb_is_a_problem_not_an_outage(make_pool, run, identity):
    pool = await make_pool(event_seconds=0.5)
    bomb = "x = " + "(" * 150 + "1" + ")" * 150 + "\n" + "y = " + "+".join(["0x7fffffff"] * 60000) + "\n"
    report = await pool.check("w", "python", bomb, "t")
    assert report.problems
    assert (await run(pool, identity, [{}])).closed
