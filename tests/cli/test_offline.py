"""What the platform owes an answer is run again; what code has decided is not. The pool is a fake here; test_run has the real one."""

from __future__ import annotations

import pytest

from transformer.cli.offline import run_to_the_end
from transformer.errors import Code, PlatformError
from transformer.fixtures import Fixtures
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger, Status
from transformer.pool import Batch, Plan

PLAN = Plan("offline", (), Limits())
LOST = Failure(Code.WORKER_LOST, "lost")
KILLS = Failure(Code.KILLS_EXHAUSTED, "not reached")
RETRY = Failure(Code.RETRY, "later")


class FakePool:
    """Answers with what it is told: for each run a failure per payload, None for emitted, or an error to raise."""

    def __init__(self, *runs):
        self.runs = list(runs)
        self.seen = []

    async def run(self, plan, batch, *, deadline=None, keep_logs=False, broker=None, tables=None):
        self.seen.append((batch.payloads, batch.metadata))
        answers = self.runs.pop(0)
        if isinstance(answers, Exception):
            raise answers
        ledger = Ledger(len(batch.payloads))
        for index, failure in enumerate(answers):
            if failure is None:
                ledger.settle([index], [Status.EMITTED], [batch.payloads[index]], [(index,)])
                ledger.logs[index] = ["said"]
            else:
                ledger.fail([index], failure)
        return ledger


def batch(*payloads: bytes) -> Batch:
    return Batch(list(payloads), [{"n": payload.decode()} for payload in payloads], common={"s": 1})


async def run(pool, *payloads):
    ledger = await run_to_the_end(pool, PLAN, batch(*payloads), Fixtures(), keep_logs=True)
    assert ledger.closed
    return ledger


async def test_only_what_is_owed_is_run_again_and_order_is_kept():
    pool = FakePool([None, LOST, None, KILLS], [KILLS, None], [None])
    ledger = await run(pool, b"a", b"b", b"c", b"d")
    assert ledger.outputs() == ([b"a", b"b", b"c", b"d"], [(0,), (1,), (2,), (3,)])
    assert [payloads for payloads, _ in pool.seen] == [[b"a", b"b", b"c", b"d"], [b"b", b"d"], [b"b"]]
    assert pool.seen[1][1] == [{"n": "b"}, {"n": "d"}]
    assert ledger.logs == {index: ["said"] for index in range(4)}


async def test_without_progress_it_gives_up():
    pool = FakePool([None, LOST], [LOST], [LOST], [LOST])
    ledger = await run(pool, b"a", b"b")
    assert (ledger.failures, len(pool.seen)) == ({1: LOST}, 4)


async def test_retry_is_the_codes_own_decision():
    pool = FakePool([RETRY, None])
    assert (await run(pool, b"a", b"b")).failures == {0: RETRY}


async def test_a_busy_pool_is_asked_again():
    pool = FakePool(PlatformError(Code.NO_CAPACITY, "busy"), [None])
    assert (await run(pool, b"a")).outputs() == ([b"a"], [(0,)])


async def test_other_trouble_is_raised():
    pool = FakePool(PlatformError(Code.INTERNAL, "cannot start a worker"))
    with pytest.raises(PlatformError, match=r"^cannot start a worker$"):
        await run(pool, b"a")


async def test_recorded_answer_that_is_unavailable_is_no_reason_to_ask_again():
    away = Failure(Code.CALL_UNAVAILABLE, "away")
    pool = FakePool([away, None])
    assert (await run(pool, b"a", b"b")).failures == {0: away}
