"""What does observing cost? A batch with its line, its counts and its spans, and a scrape.

    python -m benchmarks.bench_observe [--quick]

Microseconds of CPU of the event loop for one batch of 1 KB events, with a log that writes nothing, so that only observing is
left; and the share of what decoding and encoding the JSON of the same batch costs, which is what a worker does at least.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import process_time
from types import SimpleNamespace
from typing import Any

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client import generate_latest

from benchmarks.floors import json_cpu
from benchmarks.machine import cpu_of, machine, options, save, table
from benchmarks.workloads import payloads
from transformer.observe import Metrics, Observer
from transformer.observe.exposition import open_registry
from transformer.observe.traces import Traces
from transformer.outcome import Ledger, Status

BATCHES = (1, 100, 500)
SERIES = 200
HEADERS = (("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)


class Nowhere(SpanExporter):
    """Takes spans and does nothing with them."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - the signature is the library's
        """Nothing."""
        return SpanExportResult.SUCCESS


class Call:
    """A call with a trace."""

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """Its headers."""
        return HEADERS


def silent() -> Any:
    """A logger that is asked for every line and writes none."""
    return structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(50)).bind(profile="strict")


def finished(events: list[bytes], workspace: str = "bench") -> SimpleNamespace:
    """A batch whose events were emitted as they came."""
    ledger = Ledger(len(events))
    ledger.settle(range(len(events)), [Status.EMITTED] * len(events), events, [(n,) for n in range(len(events))])
    versions = [f"workspaces/{workspace}/transformations/t/versions/1"]
    work = SimpleNamespace(workspace=workspace, versions=versions, size=sum(map(len, events)), label=None)
    return SimpleNamespace(work=work, ledger=ledger, seconds=0.0005)


def observing(observer: Observer, batch: SimpleNamespace, call: Call | None = None) -> Callable[[], None]:
    """What happens around one batch."""
    metrics, work = observer.metrics, batch.work
    facts = {"workspace": work.workspace, "versions": work.versions, "events": len(batch.ledger.status)}

    def run() -> None:
        with observer.request("Transform", call) as line:
            line.update(facts)
            metrics.queued(work.workspace, 0.0)
            metrics.version_loaded(work.workspace, warm=True)
            metrics.turned(work.workspace, 0.0004, "")
            line["emitted"] = facts["events"]
            metrics.finished(batch)

    return run


def scrape_seconds(rounds: int) -> float:
    """CPU of one scrape of SERIES workspaces with a transformation each."""

    async def scrape() -> float:
        metrics = Metrics(SERIES)
        for n in range(SERIES):
            observing(Observer(silent(), metrics), finished([b"{}"], f"w{n}"))()
        registry = open_registry(metrics, asyncio.get_running_loop(), "strict")
        took = []
        for _ in range(rounds + 1):
            start = process_time()
            await asyncio.to_thread(generate_latest, registry)
            took.append(process_time() - start)
        return min(took)

    return asyncio.run(scrape())


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    rounds = 1 if chosen.quick else 7
    rows: list[dict[str, Any]] = []
    traces = Traces(Nowhere(), silent())
    for size in chosen.batches or BATCHES:
        events = payloads(size)
        batch = finished(events)
        json_us = json_cpu(events, rounds) * size
        cases = {
            "line-and-counts": observing(Observer(silent()), batch),
            "with-spans": observing(Observer(silent(), None, traces), batch, Call()),
        }
        for name, run in cases.items():
            took = cpu_of(run, rounds=rounds) * 1e6
            rows.append({"observing": name, "batch": size, "us": round(took, 2), "of_json": round(took / json_us, 4)})
    traces.close()
    rows.append({"observing": "scrape", "series": SERIES, "us_per_series": round(scrape_seconds(rounds) / SERIES * 1e6)})
    *batches, scrape = rows
    table(
        ["observing", "batch", "µs per batch", "of its JSON"],
        [[row["observing"], row["batch"], row["us"], row["of_json"]] for row in batches],
    )
    print(f"scrape: {scrape['us_per_series']} µs for each of {SERIES} transformations")
    save("observe", chosen, about, rows)


if __name__ == "__main__":
    main()
