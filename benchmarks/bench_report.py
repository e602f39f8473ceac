"""What does the service cost? Every workload, language, size of batch and door, each against its floor; one report.

    python -m benchmarks.bench_report [--quick] [--only scrub,http] [--batches 1,200] [--from FILE]

CPU is that of the service's whole process tree per event, with four requests in flight; p50 and p99 are of requests one by one.
The floor is the CPU of the smallest server that speaks the same protocol (echo), and of the JSON and the function alone
(`report/programs.py` says how, for each), measured in the same round; rates, latency and memory are held against echo's.
Beside the table come a page and a picture; --from makes them anew from a run that was kept. The whole run takes under 15
minutes; --quick takes one.
"""

import argparse
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, machine, options, table
from benchmarks.report.cells import QUICK_BATCHES, Cell, cells, chosen
from benchmarks.report.lives import figures, lives
from benchmarks.report.page import draw, page
from benchmarks.report.programs import programs
from benchmarks.report.progress import Progress
from benchmarks.report.rounds import PACE, QUICK, Measured, Pace, rounds, stage
from benchmarks.report.rows import HEAD, LIVES, cell_rows, cells_of, read, server_rows, written
from benchmarks.report.targets import targets

KEPT = RESULTS / "report.json"
PAGE = RESULTS / "report"


def asked(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of every benchmark, and how this one is made smaller."""
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--from", dest="kept", type=Path, default=None, help="measure nothing: show the run in this file")
    own.add_argument("--to", type=Path, default=None, help="keep the run in this file, a partial one too")
    own.add_argument("--rounds", type=int, default=None, help="how many rounds, each with a server of its own")
    mine, rest = own.parse_known_args(arguments)
    found = options(__doc__, rest)
    found.kept, found.to, found.rounds = mine.kept, mine.to, mine.rounds
    return found


def main() -> None:
    told = asked()
    if told.kept is None:
        about, rows = measure(told)
    else:
        kept = read(told.kept.read_text(encoding="utf-8"))
        about, rows = kept["machine"], kept["rows"]
    show(rows)
    if told.kept is None and told.to:
        written(told.to, about, rows)
    if told.quick or told.no_save:
        return
    if not (told.batches or told.only or told.rounds or told.to):
        if told.kept is None:
            written(KEPT, about, rows)
        draw(rows, about, RESULTS / "report.png")
    print("page:", page(rows, about, PAGE / "index.html"))


def measure(told: argparse.Namespace) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure what is asked for: what the machine is, and the rows."""
    about = {**machine(), "commit": commit()}
    pace = QUICK if told.quick else PACE
    pace = Pace(told.rounds or pace.rounds, told.seconds or pace.load, pace.alone, pace.lives)
    every = programs()
    found = chosen(list(cells(every)), told.only, told.batches or (QUICK_BATCHES if told.quick else None))
    named = {(cell.program.workload, cell.program.language) for cell in found}
    asked_for = [program for program in every if (program.workload, program.language) in named]
    whole = told.only is None and told.batches is None
    progress = Progress(_steps(found, pace, len(asked_for), whole=whole))
    seen = Measured()
    with stage(every if whole else asked_for) as where:
        for _ in rounds(found, where, pace, seen, progress.step):
            pass
        rows = cell_rows(seen) + server_rows(seen)
        if whole:
            rows += figures(every, where, progress.step, 0.5 if told.quick else 3.0)
        if whole and pace.lives:
            rows += lives(asked_for, where, progress.step)
    progress.end()
    return about, rows


def _steps(found: Sequence[Cell], pace: Pace, programs: int, *, whole: bool) -> int:
    doors = len({(cell.door, cell.batch) for cell in found})
    return pace.rounds * (len(found) + doors + programs) + whole * (2 + pace.lives * programs)


def commit() -> str:
    """What is measured, as git names it; "" outside of a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """The tables."""
    measured = [row for row in rows if row["row"] == "cell"]
    print("µs of CPU per event, of the whole process tree; floor = smallest server of that protocol (echo) + JSON + function")
    table(list(HEAD), [list(cells_of(row)) for row in measured])
    for row in rows:
        if row["row"] == "left out":
            print(f"left out: {row['workload']}, {row['language']}, {row['door']}, {row['batch']}: {row['why']}")
    own = [row for row in rows if row["row"] == "life"]
    if own:
        print("\nA server with one program alone, after batches of 200; PSS divides what processes share")
        table(list(LIVES.values()), [[row.get(name) for name in LIVES] for row in own])
    print()
    table(["figure", "measured", ""], [[row["name"], row["value"], row["unit"]] for row in rows if row["row"] == "figure"])
    print("\nTargets: batches of 200 events of about 1 KB over gRPC unary")
    table(["target", "aim", "measured", ""], [list(target.cells) for target in targets(rows)])


if __name__ == "__main__":
    main()
