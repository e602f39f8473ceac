"""What a result was measured on, and where results are kept. No host name and no path: they say nothing about speed."""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("grpcio", "protobuf", "orjson", "RestrictedPython", "uvloop")
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    """CPU, cores, memory, kernel, Python and the libraries that matter here."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_mib": memory,
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "python_built": f"{platform.python_build()[1]}, {platform.python_compiler()}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_before": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def options(summary: str | None, arguments: list[str] | None = None) -> argparse.Namespace:
    """--quick (rougher, at most half a minute, nothing saved) and --no-save; from the command line if not given."""
    parser = argparse.ArgumentParser(description=(summary or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a rough look in at most 30 seconds; nothing is saved")
    parser.add_argument("--no-save", action="store_true", help="leave benchmarks/results as it is")
    parser.add_argument(
        "--batches", type=lambda text: tuple(map(int, text.split(","))), default=None, help="only these, e.g. 100,500"
    )
    parser.add_argument("--seconds", type=float, default=None, help="how long each measurement takes, where that can be chosen")
    parser.add_argument("--only", default=None, help="only this workload")
    return parser.parse_args(arguments)


def save(name: str, chosen: argparse.Namespace, about: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Write benchmarks/results/NAME.json: a whole run, never a partial one."""
    if chosen.quick or chosen.no_save or chosen.batches or chosen.only:
        return
    told = {"benchmark": name, "measured": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"), "machine": about, "rows": rows}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def table(head: list[str], rows: list[list[object]]) -> None:
    """Print rows under a head, numbers right-aligned."""
    cells = [
        head,
        *(["" if cell is None else f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows),
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for number, row in enumerate(cells):
        print("  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)))
        if number == 0:
            print("  ".join("-" * width for width in widths))
    sys.stdout.flush()


def cpu_of(run: Callable[[], object], *, rounds: int, least_seconds: float = 0.05) -> float:
    """CPU seconds of this process that one call of `run` costs: the median of rounds, each long enough for the clock."""
    run()
    calls, took = 1, 0.0
    while True:
        start = time.process_time()
        for _ in range(calls):
            run()
        took = time.process_time() - start
        if took >= least_seconds:
            break
        calls = max(calls + 1, int(calls * least_seconds / max(took, 1e-4)) + 1)
    found = [took / calls]
    for _ in range(rounds - 1):
        start = time.process_time()
        for _ in range(calls):
            run()
        found.append((time.process_time() - start) / calls)
    return statistics.median(found)


def tree_cpu(root: int) -> float:
    """CPU seconds that process `root` and everything below it used so far, children that were waited for included."""
    below: dict[int, list[tuple[int, float]]] = {}
    own: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            rest = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        except OSError:
            continue
        pid, parent, ticks = int(entry.name), int(rest[1]), sum(map(int, rest[11:15]))
        below.setdefault(parent, []).append((pid, ticks * _TICK_SECONDS))
        own[pid] = ticks * _TICK_SECONDS
    total, left = own.get(root, 0.0), [root]
    while left:
        for pid, seconds in below.get(left.pop(), ()):
            total += seconds
            left.append(pid)
    return total


def own_cpu(pid: int) -> float:
    """CPU seconds that process `pid` alone used so far."""
    rest = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
    return sum(map(int, rest[11:13])) * _TICK_SECONDS


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
