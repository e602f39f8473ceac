"""What publishing does when the pool, and not the code, is the trouble, and when a guest says nonsense.

A scripted pool stands in here: real workers cannot be made to say these things on demand. `test_publish.py` uses real ones.
"""

import pytest

from transformer.engines.base import EngineSpec, Report
from transformer.errors import CallerError, Code, PlatformError, Problem
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger, Place, Status
from transformer.registry import publish
from transformer.registry.publish_library import publish_library
from transformer.registry.records import Call, CaseFile

CASE = CaseFile("c", b'{"name": "c", "event": {}, "expect": {"emitted": {}}}')


class Scripted:
    """Answers with a report and with one failure, or none, for every event of the samples and of the cases."""

    def __init__(self, report=None, samples=None, cases=None):
        self.report = report or Report(entry_point="transformEvent")
        self.answers = [samples, cases]
        self.plans = []

    async def check(self, workspace, engine, source, name, around=None):
        return self.report

    async def run(self, plan, batch, *, deadline=None, keep_logs=False, broker=None, tables=None):
        answer = self.answers[min(len(self.plans), 1)]
        self.plans.append(plan)
        if isinstance(answer, Exception):
            raise answer
        ledger, events = Ledger(len(batch.payloads)), range(len(batch.payloads))
        if answer is None:
            ledger.settle(events, [Status.EMITTED] * len(events), batch.payloads, [(i,) for i in events])
        else:
            ledger.fail(events, answer)
        return ledger


@pytest.fixture
def store(sqlite_url, open_store):
    store = open_store(sqlite_url)
    store.migrate()
    store.create_transformation("default", "clean", "")
    return store


@pytest.fixture
def publishing(store):
    async def publish_it(pool, cases=()):
        return await publish(pool, store, "default", "clean", "python", "code", cases, limits=Limits(), call=Call())

    return publish_it


@pytest.fixture
def publishing_library(store):
    async def publish_it(pool, source="code", **limits):
        return await publish_library(pool, store, "default", "tools", "python", source, limits=Limits(**limits), call=Call())

    return publish_it


@pytest.mark.parametrize("step", ["samples", "cases"])
@pytest.mark.parametrize("code", [Code.WORKER_LOST, Code.INTERNAL, Code.NO_CAPACITY, Code.DRAINING])
async def test_lost_worker_is_never_the_authors_fault(publishing, store, step, code):
    failure = Failure(code, "the worker was lost", retry_after_seconds=2.0)
    with pytest.raises(PlatformError) as caught:
        await publishing(Scripted(**{step: failure}), [CASE])
    assert (caught.value.code, caught.value.retry_after_seconds) == (code, 2.0)
    assert caught.value.message == f"The code could not be tried ({code.text} the worker was lost); publish it again."
    assert store.list_versions("default", "clean").items == []


@pytest.mark.parametrize("step", ["samples", "cases"])
async def test_full_pool_is_passed_on(publishing, step):
    full = PlatformError(Code.NO_CAPACITY, "full", retry_after_seconds=1.0)
    with pytest.raises(PlatformError) as caught:
        await publishing(Scripted(**{step: full}), [CASE])
    assert caught.value is full


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (Code.TIME_LIMIT, "{} ran longer than one event may (1 s); make the code end sooner"),
        (Code.BATCH_TIME, "{} ran longer than one batch may (10 s); make the code faster"),
        (Code.MEMORY_LIMIT, "{} needed more memory than code may have (128 MiB); keep less of it at a time"),
        (Code.CRASHED, "{} ended the process that ran the code (m {{x}}); leave out what does that"),
        (Code.CODE_BROKEN, "m {{x}}"),
    ],
)
async def test_what_would_cost_workers_in_traffic_is_refused(publishing, code, sentence):
    with pytest.raises(CallerError) as caught:
        await publishing(Scripted(samples=Failure(code, "m {x}", Place(3, 4))))
    events = "the sample identify, track, page, screen, group and alias events"
    assert caught.value.problems == (Problem(sentence.format(events), 3, 4),)


@pytest.mark.parametrize("code", [Code.EXCEPTION, Code.INVALID, Code.RETRY, Code.BAD_RETURN, Code.OUTPUT_LIMIT, Code.FORBIDDEN])
async def test_what_fails_one_event_is_a_warning(publishing, code):
    made = await publishing(Scripted(samples=Failure(code, "m", Place(3))))
    events = "the sample identify, track, page, screen, group and alias events"
    assert made.warnings == (Problem(f"{events} failed: {code.text} m", 3, 0),)


async def test_samples_may_cost_one_worker_and_cases_as_many_as_a_batch(publishing):
    pool = Scripted()
    await publishing(pool, [CASE])
    assert [plan.limits.batch_kills for plan in pool.plans] == [0, Limits().batch_kills]
    assert {(plan.workspace, plan.steps[0].name) for plan in pool.plans} == {
        ("default", "workspaces/default/transformations/clean/versions/draft")
    }


async def test_broken_code_is_not_run(publishing):
    pool = Scripted(Report(problems=[Problem("no", 1, 1)]))
    with pytest.raises(CallerError):
        await publishing(pool, [CASE])
    assert pool.plans == []


async def test_report_without_an_entry_point_is_refused(publishing):
    with pytest.raises(CallerError) as caught:
        await publishing(Scripted(Report()))
    assert caught.value.problems == (Problem("the code has no entry point; define transformEvent(event, metadata)"),)


async def test_refusal_tells_twenty_problems_at_most(publishing):
    with pytest.raises(CallerError) as caught:
        await publishing(Scripted(Report(problems=[Problem(f"p{n}", n) for n in range(1, 31)])))
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == Problem("and 10 more")
    assert caught.value.message == "The code was refused with 30 problems; line 1: p1"


async def test_refusal_has_a_bounded_size(publishing):
    with pytest.raises(CallerError) as caught:
        await publishing(Scripted(Report(problems=[Problem("x" * 10_000, -5, 2**40)] * 20)))
    assert {(one.line, one.column) for one in caught.value.problems} == {(0, 0)}
    assert sum(len(one.message) for one in caught.value.problems) < 6000


async def test_warnings_have_a_bounded_size(publishing):
    made = await publishing(Scripted(Report(warnings=[Problem("\0x" * 10_000)] * 50, entry_point="transformEvent")))
    assert len(made.warnings) == 20
    assert {len(one.message) for one in made.warnings} == {1000}


@pytest.mark.parametrize(
    ("engine", "source", "field", "told"),
    [
        ("basic", "10 PRINT", "engine", "engines: python, javascript"),
        ("javascript", "export {};", "engine", "the engine javascript is not installed here: install transformer[javascript]"),
        ("python", "é" * 51, "source", "102 bytes of code are too many; at most 101 (code_bytes)"),
        ("python", "\0", "source", "U+0000"),
    ],
)
async def test_code_that_cannot_be_tried_here_is_refused_before_anybody_reads_it(
    store, monkeypatch, engine, source, field, told
):
    absent = property(lambda spec: f"the engine {spec.name} is not installed here: install transformer[{spec.extra}]")
    if engine == "javascript":
        monkeypatch.setattr(EngineSpec, "missing", absent)
    limits, call = Limits(code_bytes=101), Call()
    with pytest.raises(CallerError) as caught:
        await publish(Scripted(), store, "default", "clean", engine, source, limits=limits, call=call)
    assert (caught.value.code, caught.value.violations[0].field) == (Code.BAD_REQUEST, f"version.{field}")
    assert told in caught.value.message
    with pytest.raises(CallerError) as caught:
        await publish_library(Scripted(), store, "default", "tools", engine, source, limits=limits, call=call)
    assert (caught.value.code, caught.value.violations[0].field) == (Code.BAD_REQUEST, field)
    assert told in caught.value.message


@pytest.mark.parametrize("code", [Code.WORKER_LOST, Code.INTERNAL, Code.NO_CAPACITY, Code.DRAINING])
async def test_a_lost_worker_is_no_fault_of_a_library(publishing_library, store, code):
    with pytest.raises(PlatformError) as caught:
        await publishing_library(Scripted(samples=Failure(code, "the worker was lost", retry_after_seconds=2.0)))
    assert (caught.value.code, caught.value.retry_after_seconds) == (code, 2.0)
    assert store.libraries.page("default").items == []


@pytest.mark.parametrize("code", [Code.CODE_BROKEN, Code.BATCH_TIME])
async def test_a_library_that_cannot_be_loaded_is_refused(publishing_library, store, code):
    with pytest.raises(CallerError) as caught:
        await publishing_library(Scripted(samples=Failure(code, "m")))
    assert caught.value.problems == (Problem("m"),)
    assert store.libraries.page("default").items == []


async def test_a_broken_library_is_not_run(publishing_library):
    pool = Scripted(Report(problems=[Problem("no", 1, 1)]))
    with pytest.raises(CallerError) as caught:
        await publishing_library(pool)
    assert caught.value.problems == (Problem("no", 1, 1),)
    assert pool.plans == []


async def test_what_a_library_imports_has_a_size_together(publishing_library, store):
    store.libraries.add("default", "inner", "python", f"x = {'1' * 50_000!r}\n")
    with pytest.raises(CallerError, match="bytes together; at most 40000"):
        await publishing_library(Scripted(), "import inner\n", code_bytes=10_000)
