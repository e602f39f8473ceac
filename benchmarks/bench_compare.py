"""Is it better or worse than it was? A fresh run, or two that were kept, with a verdict for each row that knows the noise.

    python -m benchmarks.bench_compare [--against FILE|REVISION] [--of FILE] [--only …] [--rounds N]

Against what is committed (HEAD) unless told otherwise: a file, or a git revision whose benchmarks/results/report.json is meant.
Without --of everything is measured now, as `make bench` does, and kept nowhere but where --to says. Ends with 1 where something
is clearly worse, and with 0 else; `report/compare.py` says what clearly is.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.bench_report import asked, measure
from benchmarks.machine import table
from benchmarks.report.compare import compared
from benchmarks.report.rows import read, written

ROOT = Path(__file__).parents[1]
COMMITTED = "benchmarks/results/report.json"


def main() -> int:
    own = argparse.ArgumentParser(add_help=False, usage="bench_compare.py [--against …] [--of …] [--all] [options below]")
    own.add_argument("--against", default="HEAD", help="a file, or a git revision")
    own.add_argument("--of", type=Path, default=None, help="measure nothing: compare the run in this file")
    own.add_argument("--all", action="store_true", help="show the rows that do not differ, too")
    mine, rest = own.parse_known_args()
    if {"-h", "--help"}.intersection(rest):
        own.print_help()
    before = kept(mine.against)
    if mine.of is None:
        told = asked(rest)
        about, rows = measure(told)
        if told.to:
            written(told.to, about, rows)
        after: Mapping[str, Any] = {"machine": about, "rows": rows}
    else:
        after = kept(str(mine.of))
    return show(before, after, everything=mine.all)


def kept(where: str) -> dict[str, Any]:
    """The run in a file, or the one that a revision has. Raises SystemExit where there is none."""
    path = Path(where)
    if path.is_file():
        return read(path.read_text(encoding="utf-8"))
    command = ["git", "-C", str(ROOT), "show", f"{where}:{COMMITTED}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{where} is no file, and git says: {done.stderr.strip()}")
    return read(done.stdout)


def show(before: Mapping[str, Any], after: Mapping[str, Any], *, everything: bool = False) -> int:
    """Print the verdicts; the exit code."""
    changed = {
        name: (before["machine"].get(name), after["machine"].get(name))
        for name in ("cpu", "cores", "memory_mib", "python")
        if before["machine"].get(name) != after["machine"].get(name)
    }
    for name, (one, other) in changed.items():
        print(f"another machine: {name} was {one} and is {other}", file=sys.stderr)
    found = compared(before["rows"], after["rows"])
    if not found:
        raise SystemExit("the two runs have no row in common")
    shown = [one for one in found if everything or one.verdict in {"worse", "better"}]
    shown.sort(key=lambda one: -one.change)
    if shown:
        table(
            ["row", "before", "after", "change", "noise", "chance", "verdict"],
            [
                [one.name, one.before, one.after, f"{one.change:+.1%}", f"±{one.noise:.1%}", f"{one.chance:.4f}", one.verdict]
                for one in shown
            ],
        )
    counts = Counter(one.verdict for one in found)
    print(", ".join(f"{counts[verdict]} {verdict}" for verdict in ("worse", "better", "no difference", "too few rounds")))
    return 1 if counts["worse"] else 0


if __name__ == "__main__":
    sys.exit(main())
