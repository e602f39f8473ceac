"""Every metric, once: name, kind, labels, buckets and what it means. The exposition and docs/METRICS.md derive from this table.

Names follow the conventions of Prometheus: the prefix, the thing, the base unit, `_total` for what only grows. No label ever
holds what a user or an event says, with one exception that is bounded: workspaces and transformations, by the names they have
in the registry, up to the setting `metrics_series` of them; what comes after those is counted as `other`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["COMPILING", "DURATIONS", "METRICS", "STAGES", "STAGE_DURATIONS", "STARTS", "Metric"]

DURATIONS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0)
"""Upper bounds in seconds: a batch of one takes half a millisecond, a turn ends after some seconds at the latest."""

STAGE_DURATIONS: Final = (0.0005, 0.0025, 0.01, 0.05, 0.25, 1.0, 10.0)
"""Fewer of them: there is one histogram for each stage of each transformation."""

STARTS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

COMPILING: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

STAGES: Final = ("plan", "queue", "turn", "answer")

_SERIES: Final = ("workspace", "transformation")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `kind` is counter, gauge or histogram; a counter's name ends in `_total`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS: Final = {
    metric.name: metric
    for metric in (
        # ------------------------------------------------------------------------------------------------- requests
        Metric(
            "transformer_requests_total",
            "counter",
            "Requests that were answered, by method; each batch of a stream is one. `code` is OK, the T-number, or CANCELLED.",
            ("method", "code"),
        ),
        Metric("transformer_request_seconds", "histogram", "From request to answer, by method.", ("method",), DURATIONS),
        Metric("transformer_requests_running", "gauge", "Requests that are being answered."),
        Metric("transformer_streams_open", "gauge", "Streams that are open."),
        # -------------------------------------------------------------------------------------------------- batches
        Metric(
            "transformer_batches_total",
            "counter",
            "Batches, by what became of the batch as a whole. Failed events are inside batches that are OK.",
            (*_SERIES, "code"),
        ),
        Metric("transformer_batch_seconds", "histogram", "From request to answer of a batch.", _SERIES, DURATIONS),
        Metric(
            "transformer_stage_seconds",
            "histogram",
            "What a batch spent in each stage: plan (which versions), queue (for a worker, once more for each worker lost), "
            "turn (in workers), answer (building it).",
            (*_SERIES, "stage"),
            STAGE_DURATIONS,
        ),
        Metric(
            "transformer_stage_errors_total",
            "counter",
            "Batches that ended with an error, by stage.",
            (*_SERIES, "stage", "code"),
        ),
        Metric(
            "transformer_events_total",
            "counter",
            "Events by outcome: emitted, dropped, failed. `code` is the T-number of failed ones, else empty.",
            (*_SERIES, "outcome", "code"),
        ),
        Metric("transformer_input_bytes_total", "counter", "Payload bytes of the events of batches that ran.", _SERIES),
        Metric("transformer_output_bytes_total", "counter", "Payload bytes of their outputs.", _SERIES),
        # ----------------------------------------------------------------------------------------------------- pool
        Metric("transformer_workers", "gauge", "Workers alive, those that start or end included."),
        Metric("transformer_workers_busy", "gauge", "Workers that have a batch, or are being started for one."),
        Metric("transformer_workers_idle", "gauge", "Workers of a workspace that wait for a batch."),
        Metric("transformer_workers_spare", "gauge", "Workers that no workspace owns yet."),
        Metric(
            "transformer_workers_giving_way",
            "gauge",
            "Workers of workspaces that use much, which get a processor only where workspaces that use little leave one free.",
        ),
        Metric("transformer_queue_batches", "gauge", "Batches that wait for a worker."),
        Metric(
            "transformer_queue_wait_seconds",
            "histogram",
            "What batches waited for a worker, those at once included.",
            (),
            DURATIONS,
        ),
        Metric(
            "transformer_turns_total",
            "counter",
            "Turns by how they ended: clean, or the cause for which the worker was lost.",
            ("ending",),
        ),
        Metric("transformer_workers_ended_total", "counter", "Workers that ended, by cause.", ("cause",)),
        Metric(
            "transformer_worker_start_seconds",
            "histogram",
            "From asking for a new worker to its being ready; the count is how many were started cold.",
            (),
            STARTS,
        ),
        Metric("transformer_zygotes_started_total", "counter", "Processes that workers are forked from, started."),
        Metric(
            "transformer_refusals_total", "counter", "Batches refused before any of them ran, by code.", ("workspace", "code")
        ),
        Metric("transformer_version_hits_total", "counter", "Steps of turns whose worker had the version loaded already."),
        Metric("transformer_version_misses_total", "counter", "Steps of turns whose worker had to load the version."),
        Metric(
            "transformer_compilations_total",
            "counter",
            "Binaries compiled, by outcome: made, refused (the binary is broken), lost (it took too long or too much memory).",
            ("outcome",),
        ),
        Metric("transformer_compile_seconds", "histogram", "What compiling a binary took.", (), COMPILING),
        Metric(
            "transformer_artefact_hits_total",
            "counter",
            "What binaries were compiled to, found in memory (for each batch) or in the folder (for each server).",
            ("kept",),
        ),
        Metric("transformer_artefacts_useless_total", "counter", "Kept machine code that did not load, and was made anew."),
        Metric("transformer_quarantines_total", "counter", "Versions put into quarantine.", ("workspace",)),
        Metric("transformer_versions_quarantined", "gauge", "Versions in quarantine now."),
        # ----------------------------------------------------------------------------------------------- host calls
        Metric(
            "transformer_host_calls_total",
            "counter",
            "Host calls of code that are over. `outcome` is ok, why there was no value (refused, timeout, …; see "
            "docs/HOST_CALLS.md), or cancelled: nobody waited any more.",
            ("workspace", "kind", "outcome"),
        ),
        Metric(
            "transformer_host_call_seconds", "histogram", "What host calls took on the host, by kind.", ("kind",), DURATIONS
        ),
        Metric(
            "transformer_fetch_hosts_left_alone", "gauge", "Hosts, by workspace, that fetch leaves alone: they did not answer."
        ),
        # --------------------------------------------------------------------------------------------------- tables
        Metric(
            "transformer_tables",
            "gauge",
            "Versions of reference tables in memory, those that only workers still have included.",
        ),
        Metric(
            "transformer_table_memory_bytes",
            "gauge",
            "Memory that these take. All workers share it, and no process is charged for it.",
        ),
        Metric("transformer_table_loads_total", "counter", "Tables brought into memory, from the folder or the registry."),
        Metric("transformer_table_load_failures_total", "counter", "Tables that could not be."),
        # -------------------------------------------------------------------------------------------- the other parts
        Metric("transformer_registry_up", "gauge", "1 while the registry can be asked, 0 while memory alone serves."),
        Metric("transformer_registry_poll_age_seconds", "gauge", "Since the registry was last asked for changes with success."),
        Metric("transformer_catalogue_hits_total", "counter", "Versions that the data path found in memory."),
        Metric("transformer_catalogue_misses_total", "counter", "Versions that it had to ask the disk or the registry for."),
        Metric("transformer_dead_letters_kept_total", "counter", "Failed events that are safe in the sink."),
        Metric(
            "transformer_dead_letters_dropped_total",
            "counter",
            "Failed events that should have been kept and were not: the queue was full, or the sink refused or lost them.",
        ),
        Metric("transformer_dead_letters_evicted_total", "counter", "Dead letters removed unreplayed, to make room."),
        Metric("transformer_dead_letters_expired_total", "counter", "Dead letters removed unreplayed, for their age."),
        Metric("transformer_dead_letters_waiting", "gauge", "Failed events that wait for the sink."),
        Metric("transformer_dead_letters_up", "gauge", "1 while the sink does what it is asked to."),
        Metric("transformer_tap_watchers", "gauge", "Watchers of the tap."),
        Metric("transformer_tap_dropped_total", "counter", "Events that watchers did not get because they were too slow."),
        Metric("transformer_drain_refusals_total", "counter", "Calls refused because the server was going down."),
        Metric(
            "transformer_config_backend_up",
            "gauge",
            "1 unless the config backend could not be reached, or refused, when it was last asked.",
        ),
        Metric("transformer_config_backend_questions_total", "counter", "Code and tracking plans that it was asked for."),
        Metric("transformer_config_backend_hits_total", "counter", "Those that were in memory, and not asked for."),
        Metric("transformer_config_backend_failures_total", "counter", "Those that requests needed and could not have."),
        Metric("transformer_config_backend_memory_bytes", "gauge", "Memory that those which are kept take, about."),
        Metric("transformer_loop_delay_seconds", "gauge", "How long the event loop took to answer this scrape."),
        Metric("transformer_build_info", "gauge", "Always 1; what runs here.", ("version", "profile")),
    )
}
"""By name, in the order of the flow."""
