"""The counts, as Prometheus reads them: every metric of the table that has a value, and what the process says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from importlib.metadata import version
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from transformer.observe.dashboards import DashboardsCollector
from transformer.observe.metrics import Metrics
from transformer.observe.table import METRICS, STAGES
from transformer.observe.tally import Histogram, Series

__all__ = ["Exposition", "open_registry"]

_PATIENCE_SECONDS: Final = 2.0


def open_registry(metrics: Metrics, loop: asyncio.AbstractEventLoop, profile: str) -> CollectorRegistry:
    """What a scrape reads. Nothing global: each server has its own."""
    registry = CollectorRegistry()
    registry.register(Exposition(metrics, loop, profile))
    registry.register(DashboardsCollector(metrics.dashboards))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class Exposition(Collector):
    """Collects, in the thread that scrapes. Values that only the event loop may read are asked for there.

    A loop that does not answer within two seconds goes without them: the counts of a server in trouble are wanted most.
    """

    def __init__(self, metrics: Metrics, loop: asyncio.AbstractEventLoop, profile: str) -> None:
        self._metrics = metrics
        self._loop = loop
        self._build = {"version": version("transformer"), "profile": profile}

    def describe(self) -> Iterable[Family]:
        """Asked once, so that no other collector takes the same names."""
        return [_family(name, ()) for name in METRICS]

    def collect(self) -> Iterable[Family]:
        """Every metric of the table that has a value, in its order."""
        asked = perf_counter()
        values = self._ask()
        if values is not None:
            values["transformer_loop_delay_seconds"] = perf_counter() - asked
        samples: dict[str, list[Sample]] = {name: [Sample(name, {}, value)] for name, value in (values or {}).items()}
        samples["transformer_build_info"] = [Sample("transformer_build_info", self._build, 1)]
        for name, found in (*self._requests(), *self._batches(), *self._pool()):
            samples.setdefault(name, []).extend(found)
        return [_family(name, samples[name]) for name in METRICS if name in samples]

    def _ask(self) -> dict[str, float] | None:
        answer: Future[dict[str, float]] = Future()

        def read() -> None:
            answer.set_result(self._metrics.values())

        try:
            self._loop.call_soon_threadsafe(read)
            return answer.result(_PATIENCE_SECONDS)
        except (RuntimeError, TimeoutError):  # the loop is closed, or busy
            return None

    def _requests(self) -> Iterator[tuple[str, list[Sample]]]:
        metrics = self._metrics
        yield _counts("transformer_requests_total", metrics.requests.items(), "method", "code")
        for method, histogram in list(metrics.request_seconds.items()):
            yield _histogram("transformer_request_seconds", histogram, {"method": method})

    def _batches(self) -> Iterator[tuple[str, list[Sample]]]:
        for series in self._metrics.names.all():
            labels = series.labels
            by_code = {("OK",): series.ok} if series.ok else {}
            by_code |= {(code,): number for code, number in list(series.codes.items())}
            yield _counts("transformer_batches_total", by_code.items(), "code", **labels)
            yield _histogram("transformer_batch_seconds", series.batch, labels)
            yield _counts("transformer_stage_errors_total", series.errors.items(), "stage", "code", **labels)
            if series.planned:
                yield from self._ran(series, labels)

    def _ran(self, series: Series, labels: dict[str, str]) -> Iterator[tuple[str, list[Sample]]]:
        for stage in STAGES:
            yield _histogram("transformer_stage_seconds", getattr(series, stage), {**labels, "stage": stage})
        by_outcome = {("emitted", ""): series.emitted, ("dropped", ""): series.dropped}
        by_outcome |= {("failed", code): number for code, number in list(series.failed.items())}
        yield _counts("transformer_events_total", by_outcome.items(), "outcome", "code", **labels)
        yield _counts("transformer_input_bytes_total", [((), series.input_bytes)], **labels)
        yield _counts("transformer_output_bytes_total", [((), series.output_bytes)], **labels)

    def _pool(self) -> Iterator[tuple[str, list[Sample]]]:
        metrics = self._metrics
        yield _histogram("transformer_queue_wait_seconds", metrics.queue_wait, {})
        yield _histogram("transformer_worker_start_seconds", metrics.worker_start, {})
        yield _counts("transformer_turns_total", _keyed(metrics.turns), "ending")
        yield _counts("transformer_workers_ended_total", _keyed(metrics.workers_ended), "cause")
        yield _counts("transformer_refusals_total", metrics.refusals.items(), "workspace", "code")
        yield _counts("transformer_quarantines_total", _keyed(metrics.quarantines), "workspace")
        yield _counts("transformer_compilations_total", _keyed(metrics.compilations), "outcome")
        yield _histogram("transformer_compile_seconds", metrics.compile_seconds, {})
        yield _counts("transformer_artefact_hits_total", _keyed(metrics.artefact_hits), "kept")
        yield _counts("transformer_host_calls_total", metrics.host_calls.items(), "workspace", "kind", "outcome")
        for kind, histogram in list(metrics.host_call_seconds.items()):
            yield _histogram("transformer_host_call_seconds", histogram, {"kind": kind})


def _keyed(counts: Mapping[str, int]) -> list[tuple[tuple[str], int]]:
    return [((word,), number) for word, number in list(counts.items())]


def _counts(name: str, counts: Iterable[tuple[tuple[str, ...], int]], *keys: str, **labels: str) -> tuple[str, list[Sample]]:
    return name, [Sample(name, {**labels, **dict(zip(keys, values, strict=True))}, number) for values, number in list(counts)]


def _histogram(name: str, histogram: Histogram, labels: dict[str, str]) -> tuple[str, list[Sample]]:
    return name, histogram.samples(name, labels)


def _family(name: str, samples: Iterable[Sample]) -> Family:
    metric = METRICS[name]
    family = Family(name.removesuffix("_total") if metric.kind == "counter" else name, metric.help, metric.kind)
    family.samples = list(samples)
    return family
