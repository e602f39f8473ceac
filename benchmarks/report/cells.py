"""Which of all the combinations are measured: every axis, and not the whole product, which would say little more.

The size of the batch moves every language and door, so it is varied in full where the code itself costs least (identity, and in
Python all four); what a door costs does not depend on the code behind it, so stream and HTTP have identity in full, and at 200
one of each kind of work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.report.programs import MAPPINGS, Program, of

__all__ = ["ALL_BATCHES", "USUAL", "Cell", "cells", "chosen"]

ALL_BATCHES = (1, 10, 100, 200, 500)
ENDS = (1, 200, 500)
USUAL = 200
"""The batch that targets are about."""
QUICK_BATCHES = (1, USUAL)
PLAN: tuple[tuple[str, str, tuple[str, ...], tuple[int, ...]], ...] = (
    ("unary", "python", ("identity", "fields", "scrub", "sample"), ALL_BATCHES),
    ("unary", "javascript", ("identity", "scrub"), ALL_BATCHES),
    ("unary", "javascript", ("fields", "sample"), (1, USUAL)),
    ("unary", "wasm", ("identity", "scrub"), ALL_BATCHES),
    ("unary", "wasm", ("fields", "sample"), (1, USUAL)),
    ("unary", "python", ("pii, clean", "pii, dirty", "enrichment"), ENDS),
    ("unary", "mapping", ("ga4", "webhook", "snowflake"), ENDS),
    ("unary", "mapping", ("am", "mp"), (USUAL,)),
    ("unary", "python", tuple(f"identity of {name}'s events" for name in MAPPINGS), (USUAL,)),
    ("stream", "python", ("identity",), ALL_BATCHES),
    ("stream", "python", ("pii, dirty",), (USUAL,)),
    ("stream", "javascript", ("identity",), (USUAL,)),
    ("stream", "wasm", ("identity",), (USUAL,)),
    ("stream", "mapping", ("webhook",), (USUAL,)),
    ("http", "python", ("identity",), ALL_BATCHES),
    ("http", "python", ("scrub", "enrichment"), (USUAL,)),
    ("http", "javascript", ("identity",), (USUAL,)),
    ("http", "wasm", ("identity",), (USUAL,)),
    ("http", "mapping", ("ga4", "webhook"), (1, USUAL)),
    ("http", "mapping", ("snowflake",), (USUAL,)),
)


@dataclass(frozen=True)
class Cell:
    """One combination."""

    program: Program
    door: str
    batch: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What names it in results: workload, language, door and batch."""
        return self.program.workload, self.program.language, self.door, self.batch

    @property
    def aimed_at(self) -> bool:
        """Whether a target may be about it."""
        return self.door == "unary" and self.batch == USUAL

    def request(self) -> bytes:
        """What is sent."""
        return self.program.http(self.batch) if self.door == "http" else self.program.request(self.batch)


def cells(programs: Sequence[Program]) -> Iterator[Cell]:
    """Those of the plan."""
    for door, language, workloads, batches in PLAN:
        for batch in batches:
            for workload in workloads:
                yield Cell(of(programs, workload, language), door, batch)


def chosen(found: Sequence[Cell], only: str | None, batches: Sequence[int] | None) -> list[Cell]:
    """Those of a workload, a language or a door that `only` names (several with commas between), at these batches.

    Raises SystemExit where nothing is left: a name that is none.
    """
    names = {name.strip() for name in only.split(",")} if only else set()
    names |= {f"pii, {which}" for which in ("clean", "dirty") if "pii" in names}
    left = [cell for cell in found if (not names or names & set(cell.key[:3])) and (batches is None or cell.batch in batches)]
    if not left:
        known = sorted({str(part) for cell in found for part in cell.key[:3]})
        raise SystemExit(f"nothing to measure: --only is one of {', '.join(known)}; --batches of {ALL_BATCHES}")
    return left
