"""Counting: exact, bounded in how much it can grow, and of nothing that a caller can make up."""

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from transformer.errors import CallerError, Code, PlatformError
from transformer.observe import Metrics, Observer, open_log
from transformer.observe.exposition import open_registry
from transformer.observe.table import DURATIONS, METRICS
from transformer.observe.tally import Histogram, Names
from transformer.pool.watch import ENDINGS, Watch
from transformer.settings import Settings

QUIET = open_log(Settings(log_level="error"))


def version(workspace, transformation, number=1):
    return f"workspaces/{workspace}/transformations/{transformation}/versions/{number}"


def batch(workspace, *transformations, failures=()):
    versions = [version(workspace, name) for name in transformations]
    work = SimpleNamespace(workspace=workspace, versions=versions, size=7, label=None)
    failed = {i: SimpleNamespace(code=code) for i, code in enumerate(failures)}
    ledger = SimpleNamespace(status=bytearray([3] * len(failed) or [1]), failures=failed, payloads=[b"123"])
    return SimpleNamespace(work=work, ledger=ledger, seconds=0.001)


def run(observer, finished):
    with observer.request("Transform") as line:
        line |= {"workspace": finished.work.workspace, "versions": finished.work.versions}
        observer.metrics.finished(finished)


async def exposed(metrics):
    """Lines of an exposition, as {text before the value: value}."""
    registry = open_registry(metrics, asyncio.get_running_loop(), "strict")
    text = (await asyncio.to_thread(generate_latest, registry)).decode()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")}


@given(st.lists(st.floats(0, 20)))
def test_a_histogram_counts_as_prometheus_defines_it(values):
    histogram = Histogram(DURATIONS)
    for value in values:
        histogram.add(value)
    *buckets, count, total = histogram.samples("x", {"a": "b"})
    for bucket in buckets:
        assert bucket.labels["a"] == "b"
        assert bucket.value == sum(value <= float(bucket.labels["le"]) for value in values)
    assert (buckets[-1].labels["le"], count.value) == ("+Inf", len(values))
    assert total.value == pytest.approx(sum(values))


async def test_each_batch_of_a_request_counts_for_itself():
    observer = Observer(QUIET, Metrics())
    with observer.request("POST /customTransform"):
        for name in ("a", "b", "a"):
            observer.metrics.finished(batch("w", name))
    lines = await exposed(observer.metrics)
    for name, count in (("a", 2), ("b", 1)):
        labels = f'code="",outcome="emitted",transformation="{name}",workspace="w"'
        assert lines[f"transformer_events_total{{{labels}}}"] == count
    assert lines['transformer_requests_total{code="OK",method="POST /customTransform"}'] == 1


async def test_ten_thousand_workspaces_are_no_more_lines_than_a_few():
    """The first ones have series of their own, all others share one, and not one batch is lost."""
    metrics = Metrics(series=10)
    observer = Observer(QUIET, metrics)
    few = Metrics(series=10)
    for i in range(11):
        run(Observer(QUIET, few), batch(f"w{i}", "t"))
        few.refused(f"w{i}", Code.NO_CAPACITY)
        few.quarantined(f"w{i}", f"v{i}")
    for i in range(10_000):
        run(observer, batch(f"w{i}", "t"))
        metrics.refused(f"w{i}", Code.NO_CAPACITY)
        metrics.quarantined(f"w{i}", f"v{i}")
    lines = await exposed(metrics)
    assert set(lines) == set(await exposed(few))
    batches = {name: value for name, value in lines.items() if name.startswith("transformer_batches_total")}
    assert sum(batches.values()) == 10_000
    assert batches['transformer_batches_total{code="OK",transformation="other",workspace="other"}'] == 10_000 - 10
    assert lines['transformer_refusals_total{code="T502",workspace="other"}'] == 10_000 - 10
    assert len(batches) == 11


async def test_transformations_and_chains_of_one_workspace_are_bounded_as_well():
    metrics = Metrics(series=5)
    observer = Observer(QUIET, metrics)
    for i in range(100):
        run(observer, batch("w", "a", f"t{i}"))
        run(observer, batch("w", f"t{i}"))
    batches = [name for name in await exposed(metrics) if name.startswith("transformer_batches_total")]
    assert len(batches) == 6


def test_what_is_remembered_of_versions_is_bounded_too():
    names = Names(2)
    for number in range(1000):
        names.of("w", [version("w", "t", number)])
    assert sum(map(len, names._known.values())) <= 4 * 2


def test_versions_of_one_transformation_share_their_series():
    names = Names(10)
    assert names.of("w", [version("w", "t", 1)]) is names.of("w", [version("w", "t", 2)])
    assert names.of("w", [version("w", "t", 1), version("w", "t", 2)]) is names.of("w", [version("w", "t", 1)])  # a canary
    assert names.of("w", [version("w", "a"), version("w", "b")]).labels["transformation"] == "a+b"


@pytest.mark.parametrize(
    ("leased", "error", "stage"),
    [
        (False, PlatformError(Code.NO_CAPACITY, "full"), "queue"),
        (True, PlatformError(Code.INTERNAL, "no worker"), "turn"),
        (True, KeyError("ours"), "turn"),
    ],
)
async def test_an_error_counts_in_the_stage_that_it_happened_in(leased, error, stage):
    metrics = Metrics()

    def fail():
        with Observer(QUIET, metrics).request("Transform") as line:
            line |= {"workspace": "w", "versions": [version("w", "t")]}
            if leased:
                metrics.queued("w", 0.0)
            raise error

    with pytest.raises(PlatformError) as raised:
        fail()
    code = raised.value.code.text
    lines = await exposed(metrics)
    labels = f'code="{code}",stage="{stage}",transformation="t",workspace="w"'
    assert lines[f"transformer_stage_errors_total{{{labels}}}"] == 1
    assert lines[f'transformer_batches_total{{code="{code}",transformation="t",workspace="w"}}'] == 1
    assert lines[f'transformer_requests_total{{code="{code}",method="Transform"}}'] == 1


async def test_what_callers_make_up_is_nobodys_label():
    metrics = Metrics()
    with pytest.raises(CallerError), Observer(QUIET, metrics).request("Transform"):
        raise CallerError(Code.NOT_FOUND, "there is no hunter2")
    lines = await exposed(metrics)
    assert lines['transformer_batches_total{code="T402",transformation="",workspace=""}'] == 1


async def test_methods_that_run_no_batches_are_requests_only():
    metrics = Metrics()
    with Observer(QUIET, metrics).request("GetWorkspace"):
        assert (await exposed(metrics))["transformer_requests_running"] == 1
    lines = await exposed(metrics)
    assert lines['transformer_requests_total{code="OK",method="GetWorkspace"}'] == 1
    assert not [name for name in lines if name.startswith("transformer_batch")]


async def test_someone_who_left_is_counted_as_cancelled():
    metrics = Metrics()
    with pytest.raises(asyncio.CancelledError), Observer(QUIET, metrics).request("Transform"):
        raise asyncio.CancelledError
    assert (await exposed(metrics))['transformer_requests_total{code="CANCELLED",method="Transform"}'] == 1


async def test_every_word_for_an_ending_is_there_before_anything_ended():
    """A series that appears with its first increment hides that increment from `rate`."""
    lines = await exposed(Metrics())
    for cause in ENDINGS:
        assert lines[f'transformer_workers_ended_total{{cause="{cause}"}}'] == 0
        assert lines[f'transformer_turns_total{{ending="{cause}"}}'] == 0


async def test_a_version_leaves_quarantine_once():
    metrics = Metrics()
    for _ in range(2):
        metrics.quarantined("w", "v")
    assert (await exposed(metrics))["transformer_versions_quarantined"] == 1
    metrics.released("w", "v")
    lines = await exposed(metrics)
    assert lines["transformer_versions_quarantined"] == 0
    assert lines['transformer_quarantines_total{workspace="w"}'] == 2


def test_metrics_watch_everything_that_the_pool_tells():
    told = {name for name, member in vars(Watch).items() if callable(member)}
    assert told <= set(vars(Metrics))


async def test_a_loop_that_is_busy_or_gone_still_lets_the_counts_be_read(monkeypatch):
    monkeypatch.setattr("transformer.observe.exposition._PATIENCE_SECONDS", 0.05)
    metrics = Metrics()
    run(Observer(QUIET, metrics), batch("w", "t"))
    busy = open_registry(metrics, asyncio.get_running_loop(), "strict")
    text = generate_latest(busy).decode()  # in the loop's own thread: it cannot answer
    assert 'transformer_batches_total{code="OK",transformation="t",workspace="w"} 1.0' in text
    assert "transformer_streams_open" not in text


async def test_a_part_that_fails_hides_nothing_but_itself():
    def fail():
        raise OSError("broken")

    metrics = Metrics()
    metrics.ask(fail)
    metrics.ask(lambda: {"transformer_tap_watchers": 3})
    lines = await exposed(metrics)
    assert lines["transformer_tap_watchers"] == 3
    assert lines["transformer_streams_open"] == 0


def test_names_follow_the_conventions_of_prometheus():
    for name, metric in METRICS.items():
        assert name == metric.name
        assert name.startswith("transformer_")
        assert name.endswith("_total") == (metric.kind == "counter")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert not name.endswith(("_ms", "_milliseconds", "_kb", "_count", "_sum", "_bucket"))
        if metric.kind == "histogram":
            assert name.endswith("_seconds")
            assert list(metric.buckets) == sorted(set(metric.buckets))


async def test_host_calls_are_counted_by_what_became_of_them():
    metrics = Metrics(series=1)
    for workspace, kind, outcome in (
        ("a", "fetch", "ok"),
        ("a", "fetch", "ok"),
        ("a", "kv", "timeout"),
        ("b", "kv", "ok"),
        ("c", "kv", "ok"),
    ):
        metrics.host_called(workspace, kind, outcome, 0.003)
    lines = await exposed(metrics)
    counted = {name: value for name, value in lines.items() if name.startswith("transformer_host_calls_total")}
    assert counted == {
        'transformer_host_calls_total{kind="fetch",outcome="ok",workspace="a"}': 2,
        'transformer_host_calls_total{kind="kv",outcome="timeout",workspace="a"}': 1,
        'transformer_host_calls_total{kind="kv",outcome="ok",workspace="other"}': 2,
    }
    assert lines['transformer_host_call_seconds_count{kind="kv"}'] == 3
    assert lines['transformer_host_call_seconds_bucket{kind="fetch",le="0.0025"}'] == 0
    assert lines['transformer_host_call_seconds_bucket{kind="fetch",le="0.005"}'] == 2


async def test_compilations_are_counted_by_what_came_of_them():
    metrics = Metrics()
    metrics.compiled("a", 0.3, "made")
    metrics.compiled("b", 70, "lost")
    metrics.artefact_found("memory")
    metrics.artefact_useless()
    lines = await exposed(metrics)
    counted = [lines[f'transformer_compilations_total{{outcome="{word}"}}'] for word in ("made", "refused", "lost")]
    assert counted == [1, 0, 1]
    assert lines["transformer_compile_seconds_count"] == 2
    assert lines['transformer_compile_seconds_bucket{le="0.5"}'] == 1
    assert lines['transformer_artefact_hits_total{kept="memory"}'] == 1
    assert lines['transformer_artefact_hits_total{kept="folder"}'] == 0
    assert lines["transformer_artefacts_useless_total"] == 1
