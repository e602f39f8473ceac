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

__all__ = ["HEAD", "LIVES", "ROUNDS", "cell_rows", "cells_of", "find", "read", "server_rows", "written"]

Row = dict[str, Any]
ORDERS: dict[str, tuple[str, ...]] = {
    "door": ("unary", "stream", "http"),
    "language": ("python", "javascript", "wasm", "mapping"),
}
ROUNDS: dict[str, Callable[[Turn], float]] = {
    "cpu_us": lambda turn: turn.cpu_us,
    "of_floor": lambda turn: turn.cpu_us / turn.floor_us,
    "p50_ms": lambda turn: statistics.median(turn.delays_ms),
    "p50_of_echo": lambda turn: statistics.median(turn.delays_ms) / statistics.median(turn.echo_delays_ms),
}
"""What is kept of each round: figures, and their ratios to what was measured beside them."""
HEAD = (
    "workload", "language", "door", "batch", "events/s", "of echo", "CPU µs", "floor µs", "of floor", "spread",
    "p50 ms", "of echo", "p99 ms", "of echo",
)  # fmt: skip
"""The columns of a cell. Echo is the smallest server of that protocol, which all but CPU is held against."""
LIVES = {
    "workload": "workload",
    "language": "language",
    "first_answer_s": "first answer, s",
    "main_rss_mib": "RSS of main, MiB",
    "tree_rss_mib": "RSS of all",
    "rss_of_echo": "of echo",
    "tree_pss_mib": "PSS of all",
    "processes": "processes",
}
"""What is shown of a server with one program, and how its column is called."""


def cell_rows(measured: Measured) -> list[Row]:
    """A row for each cell that was measured, and for each that was not."""
    rows = [_row(key, turns) for key, turns in measured.turns.items()]
    rows.sort(key=lambda row: (*(order.index(row[name]) for name, order in ORDERS.items()), row["workload"], row["batch"]))
    return rows + [{"row": "left out", **_names(key), "why": why} for key, why in measured.left_out.items()]


def _names(key: tuple[str, str, str, int]) -> Row:
    return dict(zip(("workload", "language", "door", "batch"), key, strict=True))


def _row(key: tuple[str, str, str, int], turns: Sequence[Turn]) -> Row:
    delays = [one for turn in turns for one in turn.delays_ms]
    p99 = quantile(delays, 0.99)
    rounds = {name: [round(of(turn), 3) for turn in turns] for name, of in ROUNDS.items()}
    middle = {name: round(statistics.median(values), 3) for name, values in rounds.items()}
    return {
        "row": "cell",
        **_names(key),
        "events_per_second": round(statistics.median(turn.events_per_second for turn in turns)),
        **middle,
        "floor_us": round(statistics.median(turn.floor_us for turn in turns), 2),
        "echo_us": round(statistics.median(turn.echo.cpu_us for turn in turns), 2),
        "of_echo": round(statistics.median(turn.cpu_us / turn.echo.cpu_us for turn in turns), 2),
        "rate_of_echo": round(statistics.median(turn.events_per_second / turn.echo.events_per_second for turn in turns), 3),
        "p99_ms": round(p99, 3),
        "p99_of_echo": round(p99 / quantile([one for turn in turns for one in turn.echo_delays_ms], 0.99), 3),
        "one_by_one": len(delays),
        "rounds": rounds,
    }


def cells_of(row: Mapping[str, Any]) -> list[str]:
    """What stands below `HEAD`; nothing where an older run did not look."""
    ratios = row["rounds"]["of_floor"]
    return [
        *(str(row[name]) for name in ("workload", "language", "door", "batch")),
        f"{row['events_per_second']:,}",
        f"{row['rate_of_echo']:.3f}" if "rate_of_echo" in row else "",
        f"{row['cpu_us']:.1f}",
        f"{row['floor_us']:.1f}",
        f"{row['of_floor']:.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}" if len(ratios) > 1 else "",
        f"{row['p50_ms']:.2f}",
        f"{row['p50_of_echo']:.2f}",
        f"{row['p99_ms']:.2f}",
        f"{row['p99_of_echo']:.2f}" if "p99_of_echo" in row else "",
    ]


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
