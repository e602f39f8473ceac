"""The counts that existing dashboards read."""

import asyncio
from types import SimpleNamespace

from prometheus_client import generate_latest

from transformer.observe import Metrics
from transformer.observe.dashboards import Dashboards
from transformer.observe.exposition import open_registry

WAITED = {"fetches": 4, "waited_us": 900, "took_us": 1000, "lanes": 4}
BUSY = {"fetches": 1, "waited_us": 100, "took_us": 1000, "lanes": 1}
DETECTED, DEMOTED = "transformer_io_bound_detections_total", "transformer_io_bound_demotions_total"


def finished(label, events=2, **counts):
    work = SimpleNamespace(workspace="w", versions=[], size=1, label=label)
    return SimpleNamespace(work=work, ledger=SimpleNamespace(counts=counts, size=events), seconds=0.01)


async def exposed(metrics):
    registry = open_registry(metrics, asyncio.get_running_loop(), "strict")
    text = (await asyncio.to_thread(generate_latest, registry)).decode()
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if "transformation_id=" in line)
    return {name: float(value) for name, value in lines}


async def test_what_code_did_is_counted_by_the_name_that_the_data_plane_has_for_it():
    metrics = Metrics()
    metrics.finished(finished("t1", logs=3, sessions=1, mounts=2, ignored_pool_maxsize=1, ignored_send=1))
    metrics.finished(finished("t1", logs=1, fetches=2, lanes=3, waited_us=15_000, took_us=20_000))
    metrics.finished(finished(""))
    metrics.finished(finished(None, logs=100))  # nobody's data plane asked for it
    lines = await exposed(metrics)
    assert lines == {
        'transformer_executions_total{mode="single_event",transformation_id="t1"}': 2,
        'transformer_executions_total{mode="single_event",transformation_id="unknown"}': 1,
        'transformer_log_messages_total{transformation_id="t1"}': 4,
        'transformer_http_requests_total{transformation_id="t1"}': 2,
        'managed_session_created_total{transformation_id="t1"}': 1,
        'managed_session_mount_total{transformation_id="t1"}': 2,
        'managed_session_mount_ignored_total{dropped_attr="pool_maxsize",transformation_id="t1"}': 1,
        'managed_adapter_subclass_ignored_total{transformation_id="t1"}': 1,
        'user_session_count{transformation_id="shared"}': 1,
    }


def test_whether_code_waits_is_looked_at_first_and_then_after_each_window():
    counted = Dashboards(window=3)

    def flips():
        return counted.counts[DETECTED, "t", ""], counted.counts[DEMOTED, "t", ""]

    counted.count("t", WAITED, 0.001, 4)
    assert flips() == (1, 0)
    for _ in range(2):
        counted.count("t", BUSY, 0.001, 4)
    assert flips() == (1, 0)
    counted.count("t", {}, 0.001, 4)
    assert flips() == (1, 1)
    for _ in range(3):
        counted.count("t", WAITED, 0.001, 4)
    assert flips() == (2, 1)


def test_several_events_of_code_that_waits_are_told_apart():
    counted = Dashboards(window=100)
    for events in (4, 4, 1, 4):
        counted.count("t", WAITED, 0.001, events)
    runs = {mode: count for (metric, _, mode), count in counted.counts.items() if metric == "transformer_executions_total"}
    assert runs == {"single_event": 2, "single_event_threaded": 2}
    name = "transformer_thread_pool_size"
    told = {sample.name.removeprefix(name): sample.value for sample in counted.lanes["t"].samples(name, {})}
    assert (told["_count"], told["_sum"]) == (2, 8)


def test_names_are_bounded_and_plain():
    counted = Dashboards(most=2)
    for name in ('a"\n', "b", "c", "d", "b", "x" * 1000):
        counted.count(name, {"logs": 1}, 0.0, 1)
    logs = {name: count for (metric, name, _), count in counted.counts.items() if metric == "transformer_log_messages_total"}
    assert logs == {"a__": 1, "b": 2, "other": 3}
