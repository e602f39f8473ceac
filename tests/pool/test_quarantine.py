"""A version that keeps costing workers is set aside, heals by itself, and costs others nothing. Errors are not a reason."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Plan, Step
from transformer.pool.quarantine import Quarantines, Rules

RULES = Rules(lost_seconds=10.0, refill=0.1, kills=5, first_seconds=30.0, most_seconds=300.0)
STEP = Step("hash", "python", "workspaces/w/transformations/t/versions/3", "")
OTHER = Step("another hash", "python", "workspaces/w/transformations/t/versions/4", "")
PLAN = Plan("w", (STEP,), Limits())

HANGS = "def transformEvent(event, metadata):\n    while event.get('hang'):\n        pass\n    return event\n"
HANG, GOOD = {"hang": True}, {"hang": False}


@pytest.fixture
def told():
    return []


@pytest.fixture
def books(told):
    return Quarantines(RULES, told.append)


def lose(books, times, now, *, step=STEP, seconds=0.1, cause="crashed", **how):
    for _ in range(times):
        books.charge("w", step, seconds, cause, now, **how)


def test_lost_time_fills_the_bucket_and_then_no_batch_runs(books, told):
    lose(books, 4, 0.0, seconds=2.5, cause="time")
    assert books.hold(PLAN, "batch", 0.0) is None
    lose(books, 1, 1.0, seconds=2.5, cause="time")
    hold = books.hold(PLAN, "batch", 1.0)
    assert (hold.step, hold.retry_after_seconds) == (0, 30.0)
    assert hold.told == (
        "workspaces/w/transformations/t/versions/3 is quarantined: it lost 12.5 s of worker time (ran out of time 5 times); "
        "it is tried again later, and a new version at once"
    )
    assert [(one.workspace, one.version, one.over) for one in told] == [("w", STEP.name, False)]
    assert (told[0].until - told[0].since).total_seconds() == pytest.approx(30.0)
    assert books.current() == told


def test_so_does_losing_too_many_workers_in_a_minute_however_fast(books, told):
    lose(books, 5, 0.0)
    lose(books, 1, 61.0)
    assert told == []
    lose(books, 5, 62.0)
    assert len(told) == 1
    # Not before the minute has room for another one
    assert books.hold(PLAN, "batch", 62.0).retry_after_seconds == pytest.approx(59.0)


def test_who_is_in_debt_waits_until_there_is_something_to_lose_again(books):
    lose(books, 1, 0.0, seconds=20.0, cause="time")
    assert books.hold(PLAN, "batch", 0.0).retry_after_seconds == pytest.approx(100.0)


def test_memory_that_ran_out_costs_time_and_is_no_kill(books, told):
    lose(books, 50, 0.0, seconds=0.01, cause="memory", kill=False)
    assert told == []


def test_another_version_and_another_workspace_have_buckets_of_their_own(books):
    lose(books, 6, 0.0)
    assert books.hold(Plan("w", (OTHER,), Limits()), "batch", 0.0) is None
    assert books.hold(Plan("other", (STEP,), Limits()), "batch", 0.0) is None
    # And the step that is to blame is named
    assert books.hold(Plan("w", (OTHER, STEP), Limits()), "batch", 0.0).step == 1


def test_one_batch_is_let_through_when_the_time_is_over_and_heals(books, told):
    lose(books, 6, 0.0)
    assert books.hold(PLAN, "first", 61.0) is None
    assert books.hold(PLAN, "first", 61.0) is None, "the same batch, again"
    assert books.hold(PLAN, "second", 61.0).retry_after_seconds == 1.0
    books.settle(PLAN, "second", 62.0, ran=True)
    assert books.held
    books.settle(PLAN, "first", 62.0, ran=True)
    assert (books.held, books.hold(PLAN, "second", 62.0)) == ({}, None)
    assert [one.over for one in told] == [False, True]


def test_a_batch_that_came_to_nothing_leaves_the_try_to_the_next(books):
    lose(books, 6, 0.0)
    assert books.hold(PLAN, "first", 61.0) is None
    books.settle(PLAN, "first", 62.0, ran=False)
    assert books.hold(PLAN, "second", 62.0) is None


def test_it_is_set_aside_for_twice_as_long_each_time_up_to_a_bound(books, told):
    lose(books, 6, 0.0)
    now, waits = 0.0, []
    for _ in range(6):
        now += books.hold(PLAN, "early", now).retry_after_seconds
        assert books.hold(PLAN, "try", now) is None
        lose(books, 1, now)
        books.settle(PLAN, "try", now, ran=False)
        waits.append(books.hold(PLAN, "early", now).retry_after_seconds)
    assert waits == [60.0, 120.0, 240.0, 300.0, 300.0, 300.0]
    assert {one.since for one in told} == {told[0].since}


def test_a_long_time_without_trouble_is_a_new_start(books):
    lose(books, 6, 0.0)
    assert books.hold(PLAN, "try", 100.0) is None
    books.settle(PLAN, "try", 100.0, ran=True)
    books.sweep(300.0)
    assert books._buckets == {}
    lose(books, 6, 300.0)
    assert books.hold(PLAN, "early", 300.0).retry_after_seconds == 60.0


def test_what_nobody_sends_any_more_is_forgotten(books, told):
    lose(books, 6, 0.0)
    books.sweep(600.0)
    assert books.held
    books.sweep(5000.0)
    assert (books.held, told[-1].over) == ({}, True)


@given(st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 3.0)), min_size=1, max_size=200))
def test_the_time_lost_is_bounded_by_the_bucket_and_its_refill(losses):
    # Given batches that run whenever they may, each of which loses some time
    books, now, lost = Quarantines(RULES, lambda _: None), 0.0, 0.0
    for number, (pause, seconds) in enumerate(losses):
        now += pause
        if books.hold(PLAN, number, now) is None:
            lost += seconds
            books.charge("w", STEP, seconds, "time", now)
            books.settle(PLAN, number, now, ran=False)
    # Then no more is lost than fits, and one time more
    assert lost <= RULES.lost_seconds + RULES.refill * now + 3.0


async def test_a_version_that_keeps_hanging_is_quarantined_and_no_worker_touched(make_pool, run, identity):
    pool = await make_pool(event_seconds=0.1, version_kills=2, quarantine_seconds=600)
    ledger = await run(pool, HANGS, [HANG, GOOD] * 3)
    # Then the hangs are their own, and whatever had no outcome by then may be sent again
    assert [ledger.failures[i].code for i in (0, 2, 4)] == [Code.TIME_LIMIT] * 3
    assert ledger.failures[5].code is Code.QUARANTINED
    assert all(ledger.status[i] == Status.EMITTED or ledger.failures[i].code is Code.QUARANTINED for i in (1, 3))
    started = pool.stats()["workers_started"]
    again = await run(pool, HANGS, [GOOD])
    failure = again.failures[0]
    assert (failure.code, failure.retryable, failure.step) == (Code.QUARANTINED, True, 0)
    assert 500 < failure.retry_after_seconds <= 600
    assert failure.message.startswith("step 0 is quarantined: it lost 0.")
    assert pool.stats()["workers_started"] == started
    # And others are served, with the same code, too, where it is theirs
    assert (await run(pool, identity, [{}])).status[0] == Status.EMITTED
    assert (await run(pool, HANGS, [GOOD], workspace="other")).status[0] == Status.EMITTED


async def test_it_heals_by_itself(make_pool, run):
    pool = await make_pool(event_seconds=0.1, version_lost_seconds=0.05, version_lost_part=10, quarantine_seconds=0.05)
    assert (await run(pool, HANGS, [HANG])).failures[0].code is Code.TIME_LIMIT
    assert pool.quarantines.held

    for _ in range(2000):
        if (await run(pool, HANGS, [GOOD])).status[0] == Status.EMITTED:
            break
        await asyncio.sleep(0.01)
    assert pool.quarantines.held == {}


async def test_the_step_that_is_to_blame_pays(make_pool, run, identity):
    pool = await make_pool(event_seconds=0.1, version_kills=1, quarantine_seconds=600)
    chain = [identity, HANGS]
    ledger = await run(pool, chain, [HANG] * 3)
    assert [(ledger.failures[i].code, ledger.failures[i].step) for i in range(3)] == [
        (Code.TIME_LIMIT, 1),
        (Code.TIME_LIMIT, 1),
        (Code.QUARANTINED, 1),
    ]
    assert [key[1] for key in pool.quarantines.held] == [f"hash of {HANGS}"]


async def test_errors_alone_never_quarantine_and_neither_does_slowness(make_pool, run):
    pool = await make_pool(version_lost_seconds=0.001, version_lost_part=0.001, version_kills=1)
    for source in (
        "def transformEvent(event, metadata):\n    return 1 / 0\n",
        "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.01)\n",
    ):
        for _ in range(3):
            ledger = await run(pool, source, [{}] * 20)
            assert Code.QUARANTINED not in {failure.code for failure in ledger.failures.values()}
    assert pool.quarantines.current() == []


async def test_a_caller_without_time_costs_the_version_nothing(make_pool, run):
    pool = await make_pool(version_lost_seconds=0.001, version_lost_part=0.001, version_kills=1, event_seconds=10)
    for _ in range(3):
        late = asyncio.get_running_loop().time() + 0.2
        ledger = await run(pool, HANGS, [HANG], deadline=late)
        assert ledger.failures[0].code is Code.BATCH_TIME
        assert ledger.failures[0].message == "the caller's time was over and this event was not reached; send smaller batches"
    assert pool.quarantines.held == {}


async def test_a_batch_function_is_one_unit_and_pays_for_all_its_time(make_pool, run):
    pool = await make_pool(event_seconds=0.1, turn_seconds=0.5, version_lost_seconds=0.4, version_lost_part=0.001)
    hangs = "def transformBatch(events, metadata):\n    while True:\n        pass\n"
    ledger = await run(pool, hangs, [{}] * 3)
    assert {failure.code for failure in ledger.failures.values()} == {Code.TIME_LIMIT}
    assert len(ledger.failures) == 3
    assert (await run(pool, hangs, [{}])).failures[0].code is Code.QUARANTINED
