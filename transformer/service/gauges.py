"""What the parts of a server say of themselves when somebody scrapes, by the names of the metrics table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from transformer.deadletters import Stats
from transformer.observe import Metrics

__all__ = ["ask_parts"]


class _Numbers(Protocol):
    """A part that can be asked for its numbers, in the event loop."""

    def stats(self) -> Mapping[str, float]: ...


@runtime_checkable
class _Pool(Protocol):
    """What a pool has to have for its numbers to be metrics. One that tests put in the real one's place may have none."""

    def stats(self) -> Mapping[str, int]: ...


class _DeadLetters(Protocol):
    def stats(self) -> Stats: ...


class _Gate(Protocol):
    refused: int


def ask_parts(
    metrics: Metrics,
    *,
    pool: object,
    catalogue: _Numbers,
    dead_letters: _DeadLetters,
    tap: _Numbers,
    gate: _Gate,
    broker: _Numbers,
    tables: _Numbers,
) -> None:
    """Have `metrics` ask these at every scrape."""
    if isinstance(pool, _Pool):
        metrics.ask(lambda: _pool(pool.stats()))
    metrics.ask(lambda: _catalogue(catalogue.stats()))
    metrics.ask(lambda: _dead_letters(dead_letters.stats()))
    metrics.ask(lambda: _tap(tap.stats()))
    metrics.ask(lambda: _tables(tables.stats()))
    metrics.ask(lambda: {"transformer_fetch_hosts_left_alone": broker.stats().get("hosts_left_alone", 0.0)})
    metrics.ask(lambda: {"transformer_drain_refusals_total": gate.refused})


def _pool(told: Mapping[str, int]) -> dict[str, float]:
    return {
        "transformer_workers": told["workers"],
        "transformer_workers_busy": told["busy"],
        "transformer_workers_idle": told["idle"],
        "transformer_workers_spare": told["spare"],
        "transformer_workers_giving_way": told["giving_way"],
        "transformer_queue_batches": told["waiting"],
        "transformer_zygotes_started_total": told["zygotes_started"],
    }


def _catalogue(told: Mapping[str, float]) -> dict[str, float]:
    return {
        "transformer_registry_up": told["up"],
        "transformer_registry_poll_age_seconds": told["poll_age_seconds"],
        "transformer_catalogue_hits_total": told["hits"],
        "transformer_catalogue_misses_total": told["misses"],
    }


def _dead_letters(told: Stats) -> dict[str, float]:
    return {
        "transformer_dead_letters_kept_total": told.kept,
        "transformer_dead_letters_dropped_total": told.dropped,
        "transformer_dead_letters_evicted_total": told.evicted,
        "transformer_dead_letters_expired_total": told.expired,
        "transformer_dead_letters_waiting": told.waiting,
        "transformer_dead_letters_up": told.working,
    }


def _tap(told: Mapping[str, float]) -> dict[str, float]:
    return {"transformer_tap_watchers": told["watchers"], "transformer_tap_dropped_total": told["dropped"]}


def _tables(told: Mapping[str, float]) -> dict[str, float]:
    return {
        "transformer_tables": told["tables"],
        "transformer_table_memory_bytes": told["bytes"],
        "transformer_table_loads_total": told["loads"],
        "transformer_table_load_failures_total": told["failures"],
    }
