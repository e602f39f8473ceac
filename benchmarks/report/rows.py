"""What was seen becomes rows: medians over the rounds, and beside them what each round gave, for who compares later."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import quantile
from benchmarks.report.rounds import Measured, Turn

__all__ = ["ROUNDS", "cell_rows", "find", "read", "server_rows", "written"]

Row = dict[str, Any]
ORDERS: dict[str, tuple[str, ...]] = {
    "door": ("unary", "stream", "http"),
    "language": ("python", "javascript", "wasm", "mapping"),
}
ROUNDS: dict[str, Callable[[Turn], float]] = {
    "cpu_us": lambda turn: turn.cpu_us,
    "of_floor": lambda turn: turn.cpu_us / turn.floor_us,
    "p50_ms": lambda turn: statistics.median(turn.delays_ms),
    "p50_of_echo": lambda turn: statistics.median(turn.delays_ms) / turn.echo_p50_ms,
}
"""What is kept of each round: figures, and their ratios to what was measured beside them."""


def cell_rows(measured: Measured) -> list[Row]:
    """A row for each cell that was measured, and for each that was not."""
    rows = [_row(key, turns) for key, turns in measured.turns.items()]
    rows.sort(key=lambda row: (*(order.index(row[name]) for name, order in ORDERS.items()), row["workload"], row["batch"]))
    return rows + [{"row": "left out", **_names(key), "why": why} for key, why in measured.left_out.items()]


def _names(key: tuple[str, str, str, int]) -> Row:
    return dict(zip(("workload", "language", "door", "batch"), key, strict=True))


def _row(key: tuple[str, str, str, int], turns: Sequence[Turn]) -> Row:
    delays = [one for turn in turns for one in turn.delays_ms]
    rounds = {name: [round(of(turn), 3) for turn in turns] for name, of in ROUNDS.items()}
    middle = {name: round(statistics.median(values), 3) for name, values in rounds.items()}
    return {
        "row": "cell",
        **_names(key),
        "events_per_second": round(statistics.median(turn.events_per_second for turn in turns)),
        **middle,
        "floor_us": round(statistics.median(turn.floor_us for turn in turns), 2),
        "echo_us": round(statistics.median(turn.echo_us for turn in turns), 2),
        "of_echo": round(statistics.median(turn.cpu_us / turn.echo_us for turn in turns), 2),
        "p99_ms": round(quantile(delays, 0.99), 3),
        "one_by_one": len(delays),
        "rounds": rounds,
    }


def server_rows(measured: Measured) -> list[Row]:
    """Of the servers themselves: their start, and their memory after every cell."""
    found = {
        ("start to first answer", "s"): measured.first_answers,
        ("main process after every cell, RSS", "MiB"): measured.rss_mib,
        ("all processes after every cell, PSS", "MiB"): measured.pss_mib,
    }
    return [
        {"row": "figure", "name": name, "unit": unit, "value": round(statistics.median(values), 3), "rounds": {"value": values}}
        for (name, unit), values in found.items()
    ]


def find(rows: Iterable[Mapping[str, Any]], **wanted: object) -> Mapping[str, Any] | None:
    """The row that has these values."""
    return next((row for row in rows if all(row.get(name) == value for name, value in wanted.items())), None)


def written(path: Path, about: Mapping[str, Any], rows: Sequence[Row], name: str = "report") -> None:
    """Keep a run: one row on each line, so that a difference of two runs can be read."""
    measured = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    head = json.dumps({"benchmark": name, "measured": measured, "machine": about}, indent=1).removesuffix("\n}")
    body = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "rows": [\n{body}\n ]\n}}\n', encoding="utf-8")


def read(text: str, name: str = "report") -> dict[str, Any]:
    """A run that was kept. Raises SystemExit where it is none."""
    try:
        told = json.loads(text)
        if told["benchmark"] == name and all("row" in row for row in told["rows"]):
            return told
    except (ValueError, KeyError, TypeError):
        pass
    raise SystemExit(f"that is no {name}: a file as benchmarks/results/{name}.json is")
