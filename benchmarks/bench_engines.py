"""What does an engine cost? The same work in each language: through a confined worker, in this process, in the plain language.

    python -m benchmarks.bench_engines [--quick]      (--quick leaves components out: half a minute of compiling)

µs per event, decoding and encoding included everywhere. Plain JavaScript is Node's, where it is installed. WebAssembly stands
there twice: modules in Zig, and components in Python; a module's own pace in this process is that of whole batches, as its
worker hands them over. Building them takes a minute the first time. Reading the memory of confined workers needs root.
"""

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.bench_sandbox import answer, below, metadata, pss_mib
from benchmarks.machine import machine, options, save, table
from benchmarks.workloads import WORKLOADS, Workload, payloads
from benchmarks.workloads_javascript import JAVASCRIPT_WORKLOADS
from benchmarks.workloads_wasm import COMPONENT_WORKLOADS, ZIG_WORKLOADS, salted
from transformer.engines.base import Host
from transformer.engines.catalog import ENGINES
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

BATCHES = (1, 200)
LIMITS = Limits()


@dataclass(frozen=True)
class Kind:
    """Guests of one kind: an engine, and what it is given."""

    name: str
    engine: str
    made: Callable[[], tuple[Workload, ...]]
    versions: int = 30
    """How many versions its worker is given. A component takes seconds to compile."""
    quick: bool = True
    """Whether a quick look has the time for it."""

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The four of them; built when they are first asked for."""
        return self.made()

    @property
    def binary(self) -> bool:
        """Whether its sources are binaries, which are compiled once."""
        return ENGINES[self.engine].binary

    def salted(self, source: str, salt: str) -> str:
        """Another version that does the same."""
        if self.binary:
            return salted(source, salt) if salt else source
        return f"{source}{'#' if self.engine == 'python' else '//'} {salt}\n"


KINDS = (
    Kind("python", "python", lambda: WORKLOADS),
    Kind("javascript", "javascript", lambda: JAVASCRIPT_WORKLOADS),
    Kind("wasm, Zig", "wasm", ZIG_WORKLOADS),
    Kind("wasm, Python component", "wasm", COMPONENT_WORKLOADS, versions=1, quick=False),
)

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


def plan(kind: Kind, workload: Workload, salt: str = "", workspace: str = "w") -> Plan:
    source = kind.salted(workload.source, salt)
    return Plan(workspace, (Step(f"{kind.name}-{workload.name}-{salt}", kind.engine, workload.name, source),), LIMITS)


async def published(pool: Pool, asked: Plan) -> float:
    """Milliseconds that it took to look at the code, and to compile it where that is for good."""
    start = time.perf_counter()
    (step,) = asked.steps
    report = await pool.check(asked.workspace, step.engine, step.source, step.name)
    assert not report.problems, report.problems
    return (time.perf_counter() - start) * 1e3


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


def whole_batches(program: Any, events: list[bytes], seconds: float) -> float:
    """µs of wall time per event for a program that takes many at a time. What it answers is not looked at."""
    until, found = time.perf_counter() + seconds, []
    while time.perf_counter() < until or not found:
        start = time.perf_counter()
        program.many(events, bytes)
        found.append(time.perf_counter() - start)
    return statistics.median(found) / len(events) * 1e6


def plain(engine: str, workload: Workload, events: list[bytes], seconds: float) -> float | None:
    """µs per event in the language by itself; None where it is not installed."""
    if engine == "python":
        return in_process(workload.plain(), events, seconds)
    node = shutil.which("node")
    if node is None or engine != "javascript":
        return None
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "run.cjs"), Path(folder, "events")
        script.write_text(workload.source.replace("export ", "") + NODE, encoding="utf-8")
        data.write_bytes(b"\n".join(events))
        done = subprocess.run(
            [node, str(script), str(data), str(seconds)], capture_output=True, text=True, check=True, timeout=60
        )
    return float(done.stdout)


async def work(kind: Kind, seconds: float, only: str | None) -> list[dict[str, Any]]:
    """A row for each workload."""
    opened = import_module(ENGINES[kind.engine].module).open_engine()
    events, rows = payloads(max(BATCHES)), []
    async with Pool(Settings(spare_workers=0, workers=1)) as pool:
        for workload in kind.workloads:
            if only not in {None, workload.name}:
                continue
            await published(pool, plan(kind, workload))
            row: dict[str, Any] = {"workload": workload.name, "engine": kind.name}
            for size in BATCHES:
                row[f"worker_{size}_us"] = round(await through_a_worker(pool, plan(kind, workload), events[:size], seconds), 2)
            loaded = opened.load(workload.source, workload.name, Host())
            alone = whole_batches(loaded, events, seconds) if kind.binary else in_process(loaded.call, events, seconds)
            row["in_process_us"] = round(alone, 2)
            reference = plain(kind.engine, workload, events, seconds)
            row["plain_us"] = reference if reference is None else round(reference, 2)
            rows.append(row)
    return rows


async def life(kind: Kind) -> dict[str, Any]:
    """Start, new versions, memory."""
    event, workload = payloads(1)[0], kind.workloads[1]
    async with Pool(Settings(spare_workers=0, workers=4, worker_versions=kind.versions * 2)) as pool:
        first = await answer(pool, plan(kind, workload), event)
        other = plan(kind, workload, workspace="v")
        if kind.binary:
            await published(pool, other)
        forked = await answer(pool, other, event)
        before = _largest()
        asked = [plan(kind, workload, str(number)) for number in range(kind.versions)]
        looked_at = [await published(pool, each) for each in asked] if kind.binary else []
        versions = [await answer(pool, each, event) for each in asked]
        after = _largest()
        # Looking at a text takes the place of a worker that is idle, and compiles for nobody.
        looked_at = looked_at or [await published(pool, each) for each in asked]
    row: dict[str, Any] = {
        "engine": kind.name,
        "cold_start_ms": round(first, 1),
        "check_ms": round(statistics.median(looked_at), 1),
        "worker_start_ms": round(forked, 2),
        "new_version_ms": round(statistics.median(versions), 2),
    }
    if before and after:
        row |= {"pss_mib": round(before, 1), "kib_per_version": round((after - before) * 1024 / kind.versions)}
    return row


def _largest() -> float:
    """PSS of the largest worker, which is the one with most versions; 0 where it cannot be read."""
    sizes = [0.0]
    for pid in below(os.getpid()):
        with contextlib.suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            if os.getpgid(pid) == pid != os.getsid(pid):  # a worker leads its group; a zygote leads its session
                sizes.append(pss_mib(pid))
    return max(sizes)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    seconds = 0.1 if chosen.quick else 1.0
    kinds = [kind for kind in KINDS if not ENGINES[kind.engine].missing and (kind.quick or not chosen.quick)]
    rows = [row for kind in kinds for row in uvloop.run(work(kind, seconds, chosen.only))]
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
    lives = [uvloop.run(life(kind)) for kind in kinds]
    print("\nA worker's life")
    table(list(lives[0]), [list(row.values()) for row in lives])
    save("engines", chosen, about, [*rows, *lives])


if __name__ == "__main__":
    main()
