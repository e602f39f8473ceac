"""Requests come to an end: what an event costs does not keep its neighbours from their outcomes, however often they are sent."""

import asyncio

import pytest

from transformer.errors import Code, PlatformError
from transformer.gateway.running.whole import Poison, run_whole
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger, Status
from transformer.pool import Plan, Step
from transformer.service.planning import Part, Work

PLAN = Plan("w", (Step("a" * 64, "python", "code", "source"),), Limits())


class Service:
    """Runs work as a pool does that loses so many workers in a batch at most; events `b"x"` cost one each."""

    def __init__(self, kills=2, then=Code.KILLS_EXHAUSTED):
        self.kills = kills
        self.then = then
        self.ran = []

    async def run(self, work):
        self.ran.append(list(work.payloads))
        ledger, lost = Ledger(len(work.payloads)), 0
        for index, payload in enumerate(work.payloads):
            if lost == self.kills:
                ledger.fail([index], Failure(self.then, "not reached", retry_after_seconds=3.0))
            elif payload == b"x":
                lost += 1
                ledger.fail([index], Failure(Code.TIME_LIMIT, "too long", step=0))
            elif payload == b"-":
                ledger.settle([index], [Status.DROPPED], (), ())
            else:
                ledger.settle([index], [Status.EMITTED], [payload * 2], [(index,)])
        ledger.add_counts({"logs": 1})
        return ledger


def work_of(*payloads):
    indexes = range(len(payloads))
    work = Work("w", [Part(PLAN, indexes)], list(payloads), [str(index) for index in indexes])
    work.metadata = {}, [{"at": index} for index in indexes], [b"%d" % index for index in indexes]
    return work


def run(service, work, poison=None, **more):
    return asyncio.run(run_whole(service, work, poison or Poison(), **more))


def test_what_ends_well_runs_once():
    service = Service()
    ledger = run(service, work_of(b"a", b"-", b"b"))
    assert (ledger.payloads, [int(status) for status in ledger.status]) == ([b"aa", b"bb"], [1, 2, 1])
    assert service.ran == [[b"a", b"-", b"b"]]


def test_what_was_left_behind_runs_again_at_once():
    service = Service(kills=1)
    ledger = run(service, work_of(b"a", b"x", b"b", b"x", b"-", b"c"))
    assert service.ran == [[b"a", b"x", b"b", b"x", b"-", b"c"], [b"b", b"x", b"-", b"c"], [b"-", b"c"]]
    assert {index: failure.code for index, failure in ledger.failures.items()} == {1: Code.TIME_LIMIT, 3: Code.TIME_LIMIT}
    assert ledger.outputs() == ([b"aa", b"bb", b"cc"], [(0,), (2,), (5,)])
    assert ledger.counts == {"logs": 3}


def test_what_is_refused_is_refused_as_a_whole():
    with pytest.raises(PlatformError) as raised:
        run(Service(kills=1, then=Code.QUARANTINED), work_of(b"a", b"x", b"b"))
    assert (raised.value.code, raised.value.retry_after_seconds) == (Code.QUARANTINED, 3.0)


def test_a_batch_that_gets_nowhere_is_refused():
    with pytest.raises(PlatformError):
        run(Service(kills=0, then=Code.BATCH_TIME), work_of(b"a"))


def test_sent_again_a_request_comes_to_its_end():
    """As a data plane sends it that was told to, for as long as it takes."""
    service, poison = Service(kills=2, then=Code.QUARANTINED), Poison()
    work = [b"x%d" % at for at in range(7)]
    service.run = costly(service.run)
    for _ in range(3):
        with pytest.raises(PlatformError):
            run(service, work_of(*work, b"a"), poison)
    ledger = run(service, work_of(*work, b"a"), poison)
    assert (sorted(ledger.failures), ledger.payloads) == (list(range(7)), [b"aa"])
    assert service.ran[-1] == [b"x", b"a"]


def costly(run_batch):
    """Every event whose payload begins with x costs a worker."""

    async def run_them(work):
        told = work_of(*(b"x" if payload.startswith(b"x") else payload for payload in work.payloads))
        return await run_batch(told)

    return run_them


def test_what_cost_a_worker_is_not_run_again():
    service, poison = Service(), Poison()
    first = run(service, work_of(b"x", b"a"), poison)
    again = run(service, work_of(b"a", b"x"), poison)
    assert again.failures[1] == first.failures[0]
    assert service.ran == [[b"x", b"a"], [b"a"]]


def test_other_code_runs_it():
    service, poison = Service(), Poison()
    run(service, work_of(b"x"), poison)
    other = work_of(b"x")
    other.parts = [Part(Plan("w", (Step("b" * 64, "python", "code", "other"),), Limits()), range(1))]
    run(service, other, poison)
    assert service.ran == [[b"x"], [b"x"]]


def test_units_are_not_remembered():
    service, poison = Service(), Poison()
    run(service, work_of(b"x"), poison, remember=False)
    run(service, work_of(b"x"), poison)
    assert len(service.ran) == 2


def test_steps_keep_their_numbers_when_a_part_is_done():
    service = Service(kills=1)
    work = work_of(b"a", b"x", b"b", b"c")
    other = Plan("w", (Step("b" * 64, "python", "other", "source"),), Limits())
    work.parts = [Part(PLAN, [0, 1]), Part(other, [2, 3])]
    seen = []
    once = service.run

    async def note(now):
        seen.append([(part.plan.steps[0].name, list(part.indexes)) for part in now.parts])
        return await once(now)

    service.run = note
    assert run(service, work).payloads == [b"aa", b"bb", b"cc"]
    assert seen == [[("code", [0, 1]), ("other", [2, 3])], [("code", []), ("other", [0, 1])]]


def test_a_fault_of_a_mapper_is_that_events():
    class Faulty(Service):
        async def run(self, work):
            ledger = Ledger(1)
            ledger.fail([0], Failure(Code.MAPPER_FAULT, "the mapper failed: KeyError"))
            return ledger

    assert run(Faulty(), work_of(b"a")).failures[0].code is Code.MAPPER_FAULT
