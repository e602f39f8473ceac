"""Counts what happens: requests as they end, and the pool as it works. Read by the exposition, by nobody else.

Everything here is called in the event loop, some of it for every batch, and none of it for every event.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final

from transformer.errors import Code
from transformer.observe.dashboards import Dashboards
from transformer.observe.table import COMPILING, DURATIONS, STARTS
from transformer.observe.tally import Histogram, Names
from transformer.observe.trip import CURRENT, FinishedBatch, Trip
from transformer.outcome import Status
from transformer.pool.watch import COMPILATIONS, ENDINGS, KEPT, Watch

__all__ = ["CLEAN", "Metrics"]

CLEAN: Final = "clean"
_OK: Final = "OK"
_BATCHES: Final = frozenset({"Transform", "TransformStream"})
_EMITTED, _DROPPED, _FAILED = int(Status.EMITTED), int(Status.DROPPED), int(Status.FAILED)


class Metrics(Watch):
    """The counts of one server: of its requests, of its pool, and of parts that can be asked when somebody scrapes.

    It watches the pool, observes batches (`finished`), and is told of every request by whoever observes requests.
    """

    def __init__(self, series: int = 200, window: int = 50) -> None:
        """At most `series` workspaces, and as many transformations of workspaces, have labels of their own.

        `window` is that of `Dashboards`.
        """
        self.names = Names(series)
        self.dashboards = Dashboards(series, window)
        self.requests: Counter[tuple[str, str]] = Counter()
        self.request_seconds: dict[str, Histogram] = {}
        self.requests_running = 0
        self.streams_open = 0
        self.queue_wait = Histogram(DURATIONS)
        self.worker_start = Histogram(STARTS)
        self.turns = Counter(dict.fromkeys((CLEAN, *ENDINGS), 0))
        self.workers_ended = Counter(dict.fromkeys(ENDINGS, 0))
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.host_calls: Counter[tuple[str, str, str]] = Counter()
        self.host_call_seconds: dict[str, Histogram] = {}
        self.compilations = Counter(dict.fromkeys(COMPILATIONS, 0))
        self.compile_seconds = Histogram(COMPILING)
        self.artefact_hits = Counter(dict.fromkeys(KEPT, 0))
        self.artefacts_useless = 0
        self.version_hits = 0
        self.version_misses = 0
        self.quarantines: Counter[str] = Counter()
        self._quarantined: set[str] = set()
        self._sources: list[Callable[[], Mapping[str, float]]] = [self._own]

    # ---- requests

    def finished(self, batch: FinishedBatch) -> None:
        """A batch has its outcomes; they are counted when its answer is built."""
        trip = CURRENT.get()
        if batch.work.label is not None:
            self.dashboards.count(batch.work.label, batch.ledger.counts, batch.seconds, batch.ledger.size)
        if trip is not None:
            if trip.batch is not None:  # a request over HTTP may be about several versions
                self._count_batch(trip, trip.batch, trip.ran, _OK)
                trip.queue = trip.turn = 0.0
            trip.batch = batch
            trip.ran = perf_counter()

    def answered(self, trip: Trip, ended: float, code: str) -> None:
        """A request has its answer, or an error: OK, a T-number or CANCELLED."""
        method = trip.method
        self.requests[method, code] += 1
        seconds = ended - trip.started
        histogram = self.request_seconds.get(method)
        if histogram is None:
            histogram = self.request_seconds[method] = Histogram(DURATIONS)
        histogram.add(seconds)
        if trip.batch is not None:
            self._count_batch(trip, trip.batch, ended, code)
        elif method in _BATCHES:
            self._count_refused(trip, trip.line.get("workspace"), seconds, code)

    def turned_away(self, method: str, workspace: str, code: str, seconds: float) -> None:
        """A batch was refused before it was read: of a workspace that exists, but what it asked for nobody knows."""
        self.requests[method, code] += 1
        histogram = self.request_seconds.get(method)
        if histogram is None:
            histogram = self.request_seconds[method] = Histogram(DURATIONS)
        histogram.add(seconds)
        series = self.names.of(workspace, ())
        series.codes[code] = series.codes.get(code, 0) + 1
        series.errors["queue", code] = series.errors.get(("queue", code), 0) + 1
        series.batch.add(seconds)

    def _count_batch(self, trip: Trip, batch: FinishedBatch, ended: float, code: str) -> None:
        work, ledger = batch.work, batch.ledger
        series = self.names.of(work.workspace, work.versions)
        series.batch.add(ended - trip.started)
        series.plan.add(trip.ran - trip.started - batch.seconds)
        series.queue.add(trip.queue)
        series.turn.add(trip.turn)
        series.answer.add(ended - trip.ran)
        status = ledger.status
        series.emitted += status.count(_EMITTED)
        series.dropped += status.count(_DROPPED)
        if ledger.failures:
            for failed, number in Counter([failure.code for failure in ledger.failures.values()]).items():
                series.failed[failed.text] = series.failed.get(failed.text, 0) + number
        series.input_bytes += work.size
        series.output_bytes += sum(map(len, ledger.payloads))
        if code == _OK:
            series.ok += 1
        else:
            series.codes[code] = series.codes.get(code, 0) + 1
            series.errors["answer", code] = series.errors.get(("answer", code), 0) + 1

    def _count_refused(self, trip: Trip, workspace: str | None, seconds: float, code: str) -> None:
        """A batch without outcomes. What had no plan yet counts for nobody: its names may be anything."""
        series = self.names.unplanned if workspace is None else self.names.of(workspace, trip.line["versions"])
        stage = "plan" if workspace is None else "turn" if trip.leases else "queue"
        series.codes[code] = series.codes.get(code, 0) + 1
        series.errors[stage, code] = series.errors.get((stage, code), 0) + 1
        series.batch.add(seconds)

    # ---- the pool

    def queued(self, _workspace: str, seconds: float) -> None:
        """See Watch."""
        self.queue_wait.add(seconds)
        trip = CURRENT.get()
        if trip is not None:
            trip.leases += 1
            trip.queue += seconds
            if trip.span is not None:
                trip.stages.append(("queue", perf_counter(), seconds, {}))

    def turned(self, _workspace: str, seconds: float, cause: str) -> None:
        """See Watch."""
        self.turns[cause or CLEAN] += 1
        trip = CURRENT.get()
        if trip is not None:
            trip.turn += seconds
            if trip.span is not None:
                trip.stages.append(("turn", perf_counter(), seconds, {"transformer.ending": cause or CLEAN}))

    def version_loaded(self, _workspace: str, warm: bool) -> None:
        """See Watch."""
        if warm:
            self.version_hits += 1
        else:
            self.version_misses += 1

    def refused(self, workspace: str, code: Code) -> None:
        """See Watch."""
        self.refusals[self.names.workspace(workspace), code.text] += 1

    def worker_started(self, seconds: float) -> None:
        """See Watch."""
        self.worker_start.add(seconds)

    def worker_ended(self, cause: str) -> None:
        """See Watch."""
        self.workers_ended[cause] += 1

    def compiled(self, _workspace: str, seconds: float, outcome: str) -> None:
        """See Watch."""
        self.compilations[outcome] += 1
        self.compile_seconds.add(seconds)

    def artefact_found(self, where: str) -> None:
        """See Watch."""
        self.artefact_hits[where] += 1

    def artefact_useless(self) -> None:
        """See Watch."""
        self.artefacts_useless += 1

    def host_called(self, workspace: str, kind: str, outcome: str, seconds: float) -> None:
        """See Watch."""
        self.host_calls[self.names.workspace(workspace), kind, outcome] += 1
        histogram = self.host_call_seconds.get(kind)
        if histogram is None:
            histogram = self.host_call_seconds[kind] = Histogram(DURATIONS)
        histogram.add(seconds)

    def quarantined(self, workspace: str, version_name: str) -> None:
        """See Watch."""
        self.quarantines[self.names.workspace(workspace)] += 1
        self._quarantined.add(version_name)

    def released(self, _workspace: str, version_name: str) -> None:
        """See Watch."""
        self._quarantined.discard(version_name)

    # ---- what is asked when somebody scrapes

    def ask(self, source: Callable[[], Mapping[str, float]]) -> None:
        """At every scrape, in the event loop, ask `source` for values of metrics without labels, by name."""
        self._sources.append(source)

    def values(self) -> dict[str, float]:
        """What every source says now. Called in the event loop. A part that fails has none; the others' are wanted still."""
        found: dict[str, float] = {}
        for source in self._sources:
            with contextlib.suppress(Exception):
                found.update(source())
        return found

    def _own(self) -> Mapping[str, float]:
        return {
            "transformer_requests_running": self.requests_running,
            "transformer_streams_open": self.streams_open,
            "transformer_artefacts_useless_total": self.artefacts_useless,
            "transformer_version_hits_total": self.version_hits,
            "transformer_version_misses_total": self.version_misses,
            "transformer_versions_quarantined": len(self._quarantined),
        }
