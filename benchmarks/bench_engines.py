"""What does an engine cost? The same work in each language: through a confined worker, in this process, in the plain language.

    python -m benchmarks.bench_engines [--quick]

µs per event, decoding and encoding included everywhere. Plain JavaScript is Node's, where it is installed. Reading the memory
of confined workers needs root.
"""

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.bench_sandbox import answer, below, metadata, pss_mib
from benchmarks.machine import machine, options, save, table
from benchmarks.workloads import WORKLOADS, Workload, payloads
from benchmarks.workloads_javascript import JAVASCRIPT_WORKLOADS
from transformer.engines.catalog import ENGINES
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

BATCHES = (1, 200)
VERSIONS = 30
SOURCES = {"python": WORKLOADS, "javascript": JAVASCRIPT_WORKLOADS}
COMMENT = {"python": "#", "javascript": "//"}

NODE = """
const { readFileSync } = require("fs");
const events = readFileSync(process.argv[2], "utf8").trimEnd().split("\\n");
function run(seconds) {
  let count = 0, begun = process.hrtime.bigint(), took = 0n;
  while (took < seconds * 1e9) {
    for (const event of events) {
      const made = transformEvent(JSON.parse(event), () => ({}));
      if (made !== null) JSON.stringify(made);
    }
    count += events.length;
    took = process.hrtime.bigint() - begun;
  }
  return Number(took) / 1e3 / count;
}
run(0.2);
console.log(run(Number(process.argv[3])));
"""


def plan(engine: str, workload: Workload, salt: str = "") -> Plan:
    source = f"{workload.source}{COMMENT[engine]} {salt}\n"
    return Plan("w", (Step(f"{engine}-{workload.name}-{salt}", engine, workload.name, source),), Limits())


async def through_a_worker(pool: Pool, asked: Plan, events: list[bytes], seconds: float) -> float:
    """µs of wall time per event, one batch after the other."""
    batch = [bytes(event) for event in events]
    until = time.perf_counter() + seconds / 4
    while time.perf_counter() < until:
        await pool.run(asked, Batch(batch))
    found = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        ledger = await pool.run(asked, Batch(batch))
        found.append(time.perf_counter() - start)
        assert not ledger.failures, ledger.failures
    return statistics.median(found) / len(batch) * 1e6


def in_process(call: Callable[[Any, Any], Any], events: list[bytes], seconds: float) -> float:
    """µs of wall time per event, decoding and encoding around the call."""

    def once() -> float:
        start = time.perf_counter()
        for event in events:
            made = call(orjson.loads(event), metadata)
            if made is not None:
                orjson.dumps(made)
        return time.perf_counter() - start

    until = time.perf_counter() + seconds / 4
    while time.perf_counter() < until:
        once()
    found, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        found.append(once())
    return statistics.median(found) / len(events) * 1e6


def plain(engine: str, workload: Workload, events: list[bytes], seconds: float) -> float | None:
    """µs per event in the language by itself; None where it is not installed."""
    if engine == "python":
        return in_process(workload.plain(), events, seconds)
    node = shutil.which("node")
    if node is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "run.cjs"), Path(folder, "events")
        script.write_text(workload.source.replace("export ", "") + NODE, encoding="utf-8")
        data.write_bytes(b"\n".join(events))
        done = subprocess.run(
            [node, str(script), str(data), str(seconds)], capture_output=True, text=True, check=True, timeout=60
        )
    return float(done.stdout)


async def work(engine: str, seconds: float, only: str | None) -> list[dict[str, Any]]:
    """A row for each workload."""
    opened = import_module(ENGINES[engine].module).open_engine()
    events, rows = payloads(max(BATCHES)), []
    async with Pool(Settings(spare_workers=0, workers=1)) as pool:
        for workload in SOURCES[engine]:
            if only not in {None, workload.name}:
                continue
            row: dict[str, Any] = {"workload": workload.name, "engine": engine}
            for size in BATCHES:
                row[f"worker_{size}_us"] = round(
                    await through_a_worker(pool, plan(engine, workload), events[:size], seconds), 2
                )
            loaded = opened.load(workload.source, workload.name, lambda _: None).call
            row["in_process_us"] = round(in_process(loaded, events, seconds), 2)
            alone = plain(engine, workload, events, seconds)
            row["plain_us"] = alone if alone is None else round(alone, 2)
            rows.append(row)
    return rows


async def life(engine: str) -> dict[str, Any]:
    """Start, new versions, memory."""
    event, workload = payloads(1)[0], SOURCES[engine][1]
    async with Pool(Settings(spare_workers=0, workers=4, worker_versions=VERSIONS * 2)) as pool:
        first = await answer(pool, plan(engine, workload), event)
        other = Plan("v", plan(engine, workload, "other").steps, Limits())
        forked = await answer(pool, other, event)
        before = _largest()
        versions = [await answer(pool, plan(engine, workload, str(number)), event) for number in range(VERSIONS)]
        after = _largest()
    row: dict[str, Any] = {
        "engine": engine,
        "cold_start_ms": round(first, 1),
        "worker_start_ms": round(forked, 2),
        "new_version_ms": round(statistics.median(versions), 2),
    }
    if before and after:
        row |= {"pss_mib": round(before, 1), "kib_per_version": round((after - before) * 1024 / VERSIONS)}
    return row


def _largest() -> float:
    """PSS of the largest worker, which is the one with most versions; 0 where it cannot be read."""
    sizes = [0.0]
    for pid in below(os.getpid()):
        with contextlib.suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            sizes.append(pss_mib(pid))
    return max(sizes)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    seconds = 0.1 if chosen.quick else 1.0
    engines = [name for name in SOURCES if not ENGINES[name].missing]
    rows = [row for engine in engines for row in uvloop.run(work(engine, seconds, chosen.only))]
    rows.sort(key=lambda row: [workload.name for workload in WORKLOADS].index(row["workload"]))
    names = [f"worker_{size}_us" for size in BATCHES]
    print("µs per event: through a confined worker, in this process, and in the plain language; JSON included in all")
    head = ["workload", "engine", *(f"worker, {size}" for size in BATCHES), "in process", "plain"]
    table(
        head,
        [
            [row["workload"], row["engine"], *(row[name] for name in names), row["in_process_us"], row["plain_us"]]
            for row in rows
        ],
    )
    lives = [uvloop.run(life(engine)) for engine in engines]
    print("\nA worker's life")
    table(list(lives[0]), [list(row.values()) for row in lives])
    save("engines", chosen, about, [*rows, *lives])


if __name__ == "__main__":
    main()
