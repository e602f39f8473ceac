"""What the service is meant to cost, held against what was measured.

µs of CPU of the whole process tree for an event of about 1 KB, in batches of 200 over gRPC unary; and figures of the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report.cells import USUAL
from benchmarks.report.rows import find

__all__ = ["Target", "targets"]

CPU: tuple[tuple[str, str, float], ...] = (
    ("identity", "python", 15),
    ("fields", "python", 18),
    ("pii, clean", "python", 25),
    ("pii, dirty", "python", 40),
    ("identity", "javascript", 25),
    ("scrub", "javascript", 40),
    ("identity", "wasm", 12),
)
ON_TOP: tuple[tuple[str, float], ...] = (("ga4", 25), ("am", 25), ("mp", 25), ("webhook", 25), ("snowflake", 40))
FIGURES: tuple[tuple[str, float, bool], ...] = (
    ("requests of one event, one core", 2000, True),
    ("start to first answer", 1.5, False),
    ("idle PSS with 10 workers", 150, False),
)


@dataclass(frozen=True)
class Target:
    """One of them. `measured` is None where this run did not look."""

    name: str
    unit: str
    aim: float
    measured: float | None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.measured is None:
            return "not measured"
        met = self.measured >= self.aim if self.at_least else self.measured <= self.aim
        return "met" if met else "missed"

    @property
    def cells(self) -> list[str]:
        """As a row of a table."""
        sign = "≥" if self.at_least else "≤"
        measured = "" if self.measured is None else f"{self.measured:,g}"
        return [self.name, f"{sign} {self.aim:,g} {self.unit}", measured, self.verdict]


def targets(rows: Sequence[Mapping[str, Any]]) -> list[Target]:
    """All of them."""
    return list(_targets(rows))


def _targets(rows: Sequence[Mapping[str, Any]]) -> Iterator[Target]:
    for workload, language, aim in CPU:
        yield Target(f"{language}: {workload}", "µs", aim, _cpu(rows, workload, language))
    for name, aim in ON_TOP:
        whole, under = _cpu(rows, name, "mapping"), _cpu(rows, f"identity of {name}'s events", "python")
        above = None if whole is None or under is None else round(whole - under, 1)
        yield Target(f"mapping: {name}, on top of identity", "µs", aim, above)
    one = find(rows, row="cell", workload="identity", language="python", door="unary", batch=1)
    yield Target("python: identity, batch of one, p50", "ms", 1.5, round(one["p50_ms"], 2) if one else None)
    for name, aim, at_least in FIGURES:
        row = find(rows, row="figure", name=name)
        yield Target(name, row["unit"] if row else "", aim, row["value"] if row else None, at_least)


def _cpu(rows: Sequence[Mapping[str, Any]], workload: str, language: str) -> float | None:
    row = find(rows, row="cell", workload=workload, language=language, door="unary", batch=USUAL)
    return None if row is None else round(row["cpu_us"], 1)
